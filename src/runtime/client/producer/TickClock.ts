// The time, read once in a turn of the event loop however often it is asked: a clock costs as much as the
// encoding of a record.
import type * as Clock from "effect/Clock"

export class TickClock {
  private readonly clock: Clock.Clock
  private timeMs = 0
  private isKnown = false
  private readonly forget = () => {
    this.isKnown = false
  }

  constructor(clock: Clock.Clock) {
    this.clock = clock
  }

  get nowMs(): number {
    return this.isKnown ? this.timeMs : this.look()
  }

  /** Apart, so that the getter is small enough to be inlined. */
  private look(): number {
    this.isKnown = true
    queueMicrotask(this.forget)
    return this.read()
  }

  /** For turns that take long. */
  read(): number {
    this.timeMs = this.clock.currentTimeMillisUnsafe()
    return this.timeMs
  }
}
