// From chunks of input to pushed records, no faster than the producer has room, or than a rate allows. A
// record costs a call of `push` and nothing else; Effects are run for each chunk.
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Producer } from "../../client/Producer.ts"
import * as Quantity from "../Quantity.ts"
import { Refusal } from "../Refusal.ts"
import { LineSplitter } from "./LineSplitter.ts"
import type { Parse } from "./RecordFormat.ts"
import type { Tally } from "./Tally.ts"

export interface LineFeedOptions {
  readonly parse: Parse
  readonly producer: Pick<Producer["Service"], "push" | "drained">
  readonly tally: Tally
  /** Records a second; undefined: as fast as it goes. */
  readonly rate: number | undefined
}

/** More than any broker takes as one record by default. */
const LINE_BYTES_MAX = 64_000_000

export class LineFeed {
  private readonly options: LineFeedOptions
  private readonly splitter = new LineSplitter(LINE_BYTES_MAX)
  private startMs = -1
  private lines = 0

  constructor(options: LineFeedOptions) {
    this.options = options
  }

  readonly chunk = (chunk: Uint8Array): Effect.Effect<void, Refusal> =>
    Effect.suspend(() => {
      const lines = this.splitter.push(chunk)
      return lines === undefined
        ? this.refused(this.lines + 1, `is longer than ${Quantity.bytes(LINE_BYTES_MAX)}`)
        : this.send(lines)
    })

  /** The line that nothing ended. */
  readonly end: Effect.Effect<void, Refusal> = Effect.suspend(() => {
    const last = this.splitter.end()
    return last === undefined ? Effect.void : this.send([last])
  })

  private readonly send = Effect.fnUntraced(
    function*(this: LineFeed, lines: ReadonlyArray<Uint8Array>) {
      const { parse, producer, rate, tally } = this.options
      for (let next = 0; next < lines.length;) {
        const end = rate === undefined ? lines.length : next + (yield* this.due(rate))
        let hasRoom = true
        while (next < Math.min(end, lines.length) && hasRoom && tally.error === undefined) {
          const record = parse(lines[next++]!)
          this.lines++
          if (typeof record === "string") return yield* this.refused(this.lines, record)
          hasRoom = producer.push(record, tally.callback)
        }
        if (tally.error !== undefined) return yield* new Refusal({ detail: tally.error.message })
        if (!hasRoom) yield* producer.drained
      }
    }
  )

  /** How many records may go by now; waits until one may. */
  private readonly due = Effect.fnUntraced(function*(this: LineFeed, rate: number) {
    const now = yield* Clock.currentTimeMillis
    if (this.startMs < 0) this.startMs = now
    const due = Math.floor((now - this.startMs) * rate / 1000) + 1 - this.lines
    if (due > 0) return due
    yield* Effect.sleep(Math.max(1, Math.ceil(this.startMs + this.lines * 1000 / rate - now)))
    return 1
  })

  private refused(line: number, why: string): Effect.Effect<never, Refusal> {
    return Effect.fail(new Refusal({ detail: `line ${line} ${why}` }))
  }
}
