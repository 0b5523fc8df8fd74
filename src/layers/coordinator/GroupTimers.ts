// Timers of groups as fibers, each under a key, all in the scope of the coordinator. A session is
// prolonged by every heartbeat, so that costs no fiber: the one that waits finds, when it wakes, that
// the time was moved, and goes on waiting.
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"

interface Timer {
  atMs: number
  fire: () => void
  readonly fiber: Fiber.Fiber<void>
}

export class GroupTimers {
  private readonly timers = new Map<string, Timer>()
  private readonly clock: Clock.Clock
  private readonly run: (effect: Effect.Effect<void>) => Fiber.Fiber<void>

  constructor(
    clock: Clock.Clock,
    run: (effect: Effect.Effect<void>) => Fiber.Fiber<void>
  ) {
    this.clock = clock
    this.run = run
  }

  /** Calls `fire` in `delayMs`, unless the key is armed again or cancelled before. */
  arm(key: string, delayMs: number, fire: () => void): void {
    const atMs = this.clock.currentTimeMillisUnsafe() + delayMs
    const timer = this.timers.get(key)
    if (timer !== undefined && timer.atMs <= atMs) {
      timer.atMs = atMs
      timer.fire = fire
      return
    }
    this.cancel(key)
    this.timers.set(key, { atMs, fire, fiber: this.run(this.waitFor(key, delayMs)) })
  }

  has(key: string): boolean {
    return this.timers.has(key)
  }

  cancel(key: string): void {
    const timer = this.timers.get(key)
    if (timer === undefined) return
    this.timers.delete(key)
    timer.fiber.interruptUnsafe()
  }

  get size(): number {
    return this.timers.size
  }

  private waitFor(key: string, delayMs: number): Effect.Effect<void> {
    return Effect.flatMap(Effect.sleep(delayMs), () => {
      const timer = this.timers.get(key)
      if (timer === undefined) return Effect.void
      const leftMs = timer.atMs - this.clock.currentTimeMillisUnsafe()
      if (leftMs > 0) return this.waitFor(key, leftMs)
      this.timers.delete(key)
      timer.fire()
      return Effect.void
    })
  }
}

/** Ids are any text: with the length before it, no two groups make one key. */
export const keyOf = (groupId: string, timer: string): string =>
  `${groupId.length}/${groupId}/${timer}`

/** Timers whose fibers end with the scope. */
export const make = Effect.gen(function*() {
  const clock = yield* Clock.Clock
  const run = yield* FiberSet.makeRuntime()
  return new GroupTimers(clock, run)
})
