// One timer for all that a producer waits for: it rings at the earliest of the times it was given, and
// whoever is woken says when it should ring next. It never rings on the stack of whoever arms it.
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"

export class Alarm {
  private readonly run: (effect: Effect.Effect<void>) => Fiber.Fiber<void>
  private readonly onRing: () => void
  private atMs = Infinity
  private fiber: Fiber.Fiber<void> | undefined

  constructor(run: (effect: Effect.Effect<void>) => Fiber.Fiber<void>, onRing: () => void) {
    this.run = run
    this.onRing = onRing
  }

  /** Rings at `atMs`, or earlier where that was asked for. */
  arm(atMs: number, nowMs: number): void {
    if (atMs >= this.atMs) return
    this.fiber?.interruptUnsafe()
    this.atMs = atMs
    const delayMs = Math.ceil(atMs - nowMs)
    const passed = delayMs > 0 ? Effect.sleep(delayMs) : Effect.yieldNow
    this.fiber = this.run(Effect.andThen(passed, this.ring))
  }

  private readonly ring = Effect.sync(() => {
    this.atMs = Infinity
    this.fiber = undefined
    this.onRing()
  })
}
