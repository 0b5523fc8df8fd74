// Log lines that strangers can provoke, each kind at most once every QUIET_MS, so that a flood of bad
// connections costs a line now and then and not a disk. What was held back is counted in the next.
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

const QUIET_MS = 10_000

export class LogThrottle {
  readonly #clock: Clock.Clock
  readonly #run: (effect: Effect.Effect<void>) => unknown
  readonly #kinds = new Map<string, { untilMs: number; heldBack: number }>()

  constructor(clock: Clock.Clock, run: (effect: Effect.Effect<void>) => unknown) {
    this.#clock = clock
    this.#run = run
  }

  warn(kind: string, message: string): void {
    const nowMs = this.#clock.currentTimeMillisUnsafe()
    const last = this.#kinds.get(kind)
    if (last !== undefined && nowMs < last.untilMs) {
      last.heldBack += 1
      return
    }
    const more = last === undefined || last.heldBack === 0
      ? ""
      : ` (and ${last.heldBack} more like it since the last such line)`
    this.#kinds.set(kind, { untilMs: nowMs + QUIET_MS, heldBack: 0 })
    this.#run(Effect.logWarning(message + more))
  }
}
