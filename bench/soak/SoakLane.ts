// One producer and its topic: pushes what is due, with a callback that writes into the ledger.
import * as Effect from "effect/Effect"
import * as Producer from "../../src/runtime/client/Producer.ts"
import * as Load from "../versus/HeadlineLoad.ts"
import type { SoakLedger } from "./SoakLedger.ts"
import type { SoakPace } from "./SoakPace.ts"
import * as Settings from "./SoakSettings.ts"

const TICK_MS = 2
/** After so many, answers and others have their turn. */
const PUSHES_AT_ONCE = 500
/** Records to one partition before the next one has its turn. */
const RUN = 100

const values = Load.values()

export class SoakLane {
  private readonly producer: Producer.Producer["Service"]
  private readonly settings: Settings.LaneSettings
  private readonly pace: SoakPace
  sent = 0
  /** Sent before the rate began. */
  private base = 0
  private readonly next = new Float64Array(Settings.PARTITIONS)
  private readonly callback: Producer.ProduceCallback

  private constructor(
    producer: Producer.Producer["Service"],
    settings: Settings.LaneSettings,
    pace: SoakPace,
    ledger: SoakLedger
  ) {
    this.producer = producer
    this.settings = settings
    this.pace = pace
    this.callback = (error, partition, offset) =>
      ledger.acknowledged(settings.topic, partition, offset, error)
  }

  static readonly make = Effect.fnUntraced(
    function*(settings: Settings.LaneSettings, pace: SoakPace, ledger: SoakLedger) {
      const { acks, compression } = settings
      const producer = yield* Producer.make({ acks, compression, autoCreateTopics: false })
      return new SoakLane(producer, settings, pace, ledger)
    }
  )

  /** Until the pace is over; then all is answered. */
  readonly run = Effect.fnUntraced(function*(this: SoakLane) {
    while (!this.pace.isOver) {
      const hasMore = this.push()
      if (hasMore === "wait") yield* this.producer.drained
      else if (hasMore === "later") yield* turn
      else yield* Effect.sleep(TICK_MS)
    }
    yield* this.producer.flush
  })

  /** The rate begins: what was sent before is past. */
  rebase(): void {
    this.base = this.sent
  }

  get lateMs(): number {
    const { base, pace, sent, settings } = this
    if (!pace.isPaced || pace.due(settings, base) <= sent) return 0
    return performance.now() - pace.dueMs(settings, sent, base)
  }

  private push(): "done" | "later" | "wait" {
    const { base, next, pace, producer, settings } = this
    const { topic } = settings
    const nowMs = performance.now()
    const until = Math.min(pace.allowed(settings, base), this.sent + PUSHES_AT_ONCE)
    if (until <= this.sent) return "done"
    const record = { topic, partition: 0, value: values[0]! }
    while (this.sent < until) {
      const partition = Math.floor(this.sent / RUN) % Settings.PARTITIONS
      const value = values[this.sent % values.length]!
      value.writeDoubleBE(pace.isPaced ? pace.dueMs(settings, this.sent, base) : nowMs, 0)
      value.writeDoubleBE(next[partition]!++, 8)
      record.partition = partition
      record.value = value
      this.sent++
      if (!producer.push(record, this.callback)) return "wait"
    }
    return "later"
  }
}

/** One turn of the event loop. */
const turn = Effect.callback<void>((resume) => {
  setImmediate(() => resume(Effect.void))
})
