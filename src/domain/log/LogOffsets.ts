// The offsets that bound a partition's log, and what must hold between them:
//
//     logStartOffset <= lastStableOffset <= highWatermark <= logEndOffset
//
// Consumers read from the first up to the third (or the second, when they read committed records
// only); what lies between the third and the fourth is written but not yet as durable as asked.
import { assert } from "../Assert.ts"
import type { Offset } from "../Offset.ts"

export class LogOffsets {
  logStartOffset: Offset
  highWatermark: Offset
  /** Where the next record goes. */
  logEndOffset: Offset

  constructor(logStartOffset: Offset, logEndOffset: Offset) {
    assert(logStartOffset <= logEndOffset, `log from ${logStartOffset} to ${logEndOffset}`)
    this.logStartOffset = logStartOffset
    this.highWatermark = logEndOffset
    this.logEndOffset = logEndOffset
  }

  /** Without transactions every record is stable as soon as it can be read. */
  get lastStableOffset(): Offset {
    return this.highWatermark
  }

  appendedTo(logEndOffset: Offset): void {
    assert(logEndOffset >= this.logEndOffset, `${logEndOffset} appended to ${this.logEndOffset}`)
    this.logEndOffset = logEndOffset
  }

  readableTo(highWatermark: Offset): void {
    assert(highWatermark <= this.logEndOffset, `${highWatermark} readable of ${this.logEndOffset}`)
    this.highWatermark = Math.max(this.highWatermark, highWatermark)
  }

  startsAt(logStartOffset: Offset): void {
    assert(logStartOffset <= this.highWatermark, `start ${logStartOffset} > ${this.highWatermark}`)
    this.logStartOffset = Math.max(this.logStartOffset, logStartOffset)
  }
}
