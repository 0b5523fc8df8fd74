// How many records of a lane are due. While the maximum is sought: its share of what was read by everybody, and
// a window more, so that nobody is left behind. Then: at a rate, but for readers that are so far behind that
// retention would take what they have to read. A record's time is when it was due, not when it was pushed,
// so that waiting for readers, or stalling, hides nothing of what it costs.
import type { SoakLedger } from "./SoakLedger.ts"
import * as Settings from "./SoakSettings.ts"

const WINDOW_RECORDS = 40_000
const RECORD_BYTES_MAX = 330
/** Of a lane, between its slowest reader's slowest partition and its writer: half of what is kept. */
const BEHIND_RECORDS_MAX = Settings.PARTITIONS *
  Math.floor(Settings.RETENTION_BYTES / 2 / RECORD_BYTES_MAX)

export class SoakPace {
  private readonly ledger: SoakLedger
  private perMs = 0
  private startMs = 0
  /** Nothing is due for the time being. */
  isHeld = false
  isOver = false

  constructor(ledger: SoakLedger) {
    this.ledger = ledger
  }

  /** What both have read. */
  get read(): number {
    return Math.min(this.ledger.streamed.total, this.ledger.grouped.total)
  }

  get isPaced(): boolean {
    return this.perMs > 0
  }

  /** From now on; what each lane has sent stands as it is. */
  start(rate: number): void {
    this.perMs = rate / 1000
    this.startMs = performance.now()
    this.isHeld = false
  }

  /** Of a lane, of which `base` were sent before the rate began. */
  due({ share }: Settings.LaneSettings, base: number): number {
    if (this.isOver || this.isHeld) return 0
    if (!this.isPaced) return share * (this.read + WINDOW_RECORDS)
    return base + share * this.perMs * (performance.now() - this.startMs)
  }

  /** Of those, how many may be sent now. */
  allowed(lane: Settings.LaneSettings, base: number): number {
    const { grouped, streamed } = this.ledger
    const { topic } = lane
    const slowest = Math.min(...streamed.of(topic), ...grouped.of(topic))
    return Math.min(
      Math.floor(this.due(lane, base)),
      slowest * Settings.PARTITIONS + BEHIND_RECORDS_MAX
    )
  }

  dueMs({ share }: Settings.LaneSettings, index: number, base: number): number {
    return this.startMs + (index - base) / (share * this.perMs)
  }
}
