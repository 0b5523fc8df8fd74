// The requests of a connection that wait for their answers, oldest first: a broker answers in order, so that
// the oldest owns the next frame.
import type * as Api from "../../../domain/wire/Api.ts"
import type { ClientError } from "../ClientError.ts"

/** What becomes of a request. `release` gives the answer's memory back, once no view of it is needed. */
export interface Answer<Response> {
  readonly onResponse: (response: Response, release: () => void) => void
  readonly onFailure: (error: ClientError) => void
}

export interface Waiting {
  readonly api: Api.Api
  readonly version: number
  readonly correlationId: number
  readonly deadlineMs: number
  readonly timeoutMs: number
  readonly answer: Answer<never>
}

/** The array is moved together only now and then. */
const GONE_MAX = 1024

export class WaitingRequests {
  private line: Array<Waiting> = []
  private first = 0

  get count(): number {
    return this.line.length - this.first
  }

  push(waiting: Waiting): void {
    this.line.push(waiting)
  }

  /** The oldest, which waits no more; undefined when none does. */
  shift(): Waiting | undefined {
    const oldest = this.line[this.first]
    if (oldest === undefined) return undefined
    this.first++
    if (this.first === this.line.length) {
      this.line.length = 0
      this.first = 0
    } else if (this.first === GONE_MAX) {
      this.line.splice(0, GONE_MAX)
      this.first = 0
    }
    return oldest
  }

  /** One whose time is over. */
  expired(nowMs: number): Waiting | undefined {
    for (let index = this.first; index < this.line.length; index++) {
      if (nowMs >= this.line[index]!.deadlineMs) return this.line[index]
    }
    return undefined
  }

  /** All that wait, which now wait no more. */
  takeAll(): ReadonlyArray<Waiting> {
    const left = this.line.slice(this.first)
    this.line = []
    this.first = 0
    return left
  }
}
