// Looking for more before the event loop sleeps. Whoever sends to a thread that sleeps pays for waking it (20 us and
// more on a virtual machine), and it comes late. Under a steady load a broker sleeps for a few microseconds
// between two requests of the same client; with that it slows the client down, which gives it more time to sleep.
//
// So sleeps are watched: where they are short, one after the other, the loop goes round without sleeping for
// as long after the last bytes as such a sleep may take. Once that was in vain it sleeps again, until its sleeps
// have been short for a while: an idle broker sleeps, and so does one with little to do.
import { performance } from "node:perf_hooks"

/** So many more short sleeps than long ones begin it. */
const SHORT_SLEEPS = 16
/** How many of them are forgotten when it was in vain. */
const FORGOTTEN = 8

/** The event loop, as far as this needs it. */
export interface Loop {
  readonly nowMs: () => number
  /** All the time slept, so far. */
  readonly sleptMs: () => number
  /** Goes round once without sleeping, then calls back. */
  readonly round: (callback: () => void) => void
}

const nodeLoop: Loop = {
  nowMs: () => performance.now(),
  sleptMs: () => performance.nodeTiming.idleTime,
  round: setImmediate
}

export class BusyPoll {
  readonly #pollMs: number
  readonly #loop: Loop
  #isPolling = false
  #isTouched = false
  #untilMs = 0
  #sleptMs: number
  #shortSleeps = 0

  constructor(pollMs: number, loop = nodeLoop) {
    this.#pollMs = pollMs
    this.#loop = loop
    this.#sleptMs = loop.sleptMs()
  }

  get isPolling(): boolean {
    return this.#isPolling
  }

  /** Bytes have come. */
  touch(): void {
    this.#isTouched = true
    if (this.#isPolling) return
    const sleptMs = this.#loop.sleptMs()
    const sleepMs = sleptMs - this.#sleptMs
    this.#sleptMs = sleptMs
    if (sleepMs > this.#pollMs) this.#shortSleeps = Math.max(0, this.#shortSleeps - 1)
    else if (sleepMs > 0 && ++this.#shortSleeps >= SHORT_SLEEPS) {
      this.#isPolling = true
      this.#look()
    }
  }

  readonly #look = (): void => {
    const nowMs = this.#loop.nowMs()
    if (this.#isTouched) this.#untilMs = nowMs + this.#pollMs
    this.#isTouched = false
    if (nowMs <= this.#untilMs) return this.#loop.round(this.#look)
    this.#isPolling = false
    this.#shortSleeps -= FORGOTTEN
    this.#sleptMs = this.#loop.sleptMs()
  }
}
