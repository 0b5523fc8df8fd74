// The commands of one write to a partition's log: each is checked, given its offsets and patched in
// place, in the order in which it came. Once the bytes are in the file they are committed to the
// segment's indexes; when the write fails they are undone, and nobody can tell that they were there.
import type { LogConfig } from "../../domain/config/LogConfig.ts"
import { ErrorCode } from "../../domain/ErrorCode.ts"
import type { LogOffsets } from "../../domain/log/LogOffsets.ts"
import { batchOf, type ProducerState } from "../../domain/log/ProducerState.ts"
import * as SegmentRoll from "../../domain/log/SegmentRoll.ts"
import { NO_TIMESTAMP, type Offset } from "../../domain/Offset.ts"
import * as RecordBatch from "../../domain/record/RecordBatch.ts"
import type { Acks, Appended } from "./PartitionLogs.ts"
import type { Segment } from "./Segment.ts"

/** Records that wait for their place, and who is told when they have it. */
export interface AppendCommand {
  readonly records: Buffer
  readonly acks: Acks
  readonly done: (result: Appended) => void
}

/** What a write needs of its log. */
export interface AppendTarget {
  readonly active: Segment
  readonly offsets: LogOffsets
  readonly producers: ProducerState
  readonly leaderEpoch: number
  readonly world: { readonly config: () => LogConfig; readonly nowMs: () => number }
  readonly refusal: (errorCode: number, message: string | undefined) => Appended
}

/** A command that has its place in the write at hand. */
interface Placed {
  readonly command: AppendCommand
  readonly result: Appended
}

/** At most so many bytes go out in one write, so that an answer never waits for a huge one. */
const WRITE_BYTES_MAX = 16 * 1024 * 1024

/** The batches of one write: placed, then committed, or undone. */
export class AppendGather {
  readonly placed: Array<Placed> = []
  readonly buffers: Array<Buffer> = []
  readonly undos: Array<() => void> = []
  needsRoll = false
  records = 0
  nextOffset: Offset
  bytes = 0
  private readonly log: AppendTarget
  private readonly config: LogConfig

  constructor(log: AppendTarget) {
    this.log = log
    this.config = log.world.config()
    this.nextOffset = log.offsets.logEndOffset
  }

  /** Gives offsets to as many commands as fit; the others go on waiting. */
  place(commands: Array<AppendCommand>): Array<AppendCommand> {
    for (let i = 0; i < commands.length; i++) {
      const command = commands[i]!
      if (this.bytes >= WRITE_BYTES_MAX) return commands.slice(i)
      const refused = this.check(command.records)
      if (refused !== undefined) {
        this.placed.push({ command, result: refused })
      } else if (this.fits(command.records)) {
        this.placeOne(command)
      } else {
        this.needsRoll = true
        return commands.slice(i)
      }
    }
    return []
  }

  /** Whether the active segment can take the records; if not it is rolled first. */
  private fits(records: Buffer): boolean {
    const { active, world } = this.log
    const nowMs = world.nowMs()
    active.createdMs ??= nowMs
    const isAppendTime = this.config.messageTimestampType === "LogAppendTime"
    return !SegmentRoll.isDue(
      {
        baseOffset: active.baseOffset,
        sizeBytes: active.sizeBytes + this.bytes,
        indexBytes: active.offsetIndex?.sizeBytes ?? 0,
        createdMs: active.createdMs,
        firstTimestamp: active.firstTimestamp,
        seed: active.seed
      },
      {
        bytes: records.length,
        lastOffset: this.nextOffset + RecordBatch.lastOffsetDelta(records, 0),
        maxTimestamp: isAppendTime ? nowMs : RecordBatch.maxTimestamp(records, 0),
        nowMs
      },
      this.config
    )
  }

  private placeOne(command: AppendCommand): void {
    const { leaderEpoch, offsets, producers, world } = this.log
    const { records } = command
    const isLogAppendTime = this.config.messageTimestampType === "LogAppendTime"
    const appendTimeMs = isLogAppendTime ? world.nowMs() : NO_TIMESTAMP
    const baseOffset = this.nextOffset
    for (let at = 0; at < records.length; at += RecordBatch.sizeBytes(records, at)) {
      RecordBatch.setBaseOffset(records, at, this.nextOffset)
      RecordBatch.setLeaderEpoch(records, at, leaderEpoch)
      if (isLogAppendTime) RecordBatch.setLogAppendTime(records, at, appendTimeMs)
      const producerId = RecordBatch.producerId(records, at)
      if (producerId !== RecordBatch.NO_PRODUCER_ID) {
        const epoch = RecordBatch.producerEpoch(records, at)
        this.undos.push(producers.append(producerId, epoch, batchOf(records, at)))
      }
      this.nextOffset = RecordBatch.nextOffset(records, at)
    }
    this.records += this.nextOffset - baseOffset
    this.bytes += records.length
    this.buffers.push(records)
    this.placed.push({
      command,
      result: {
        errorCode: ErrorCode.NONE,
        errorMessage: null,
        baseOffset,
        logAppendTimeMs: appendTimeMs,
        logStartOffset: offsets.logStartOffset
      }
    })
  }

  /** The answer to a command whose batches are refused, or were stored before. */
  private check(records: Buffer): Appended | undefined {
    const { log } = this
    const { maxMessageBytes, segmentBytes } = this.config
    if (records.length > segmentBytes) {
      return log.refusal(
        ErrorCode.RECORD_LIST_TOO_LARGE,
        `${records.length} bytes are more than a segment takes (segment.bytes=${segmentBytes})`
      )
    }
    for (let at = 0; at < records.length; at += RecordBatch.sizeBytes(records, at)) {
      const size = RecordBatch.sizeBytes(records, at)
      if (size > maxMessageBytes) {
        return log.refusal(
          ErrorCode.MESSAGE_TOO_LARGE,
          `a batch of ${size} bytes, max.message.bytes is ${maxMessageBytes}`
        )
      }
      const verdict = log.producers.check(
        RecordBatch.producerId(records, at),
        RecordBatch.producerEpoch(records, at),
        RecordBatch.baseSequence(records, at),
        RecordBatch.lastSequence(records, at)
      )
      if (verdict._tag === "Refused") return log.refusal(verdict.errorCode, verdict.detail)
      if (verdict._tag === "Duplicate") {
        const { baseOffset, timestamp } = verdict.original
        const isLogAppendTime = this.config.messageTimestampType === "LogAppendTime"
        return {
          ...log.refusal(ErrorCode.NONE, undefined),
          baseOffset,
          logAppendTimeMs: isLogAppendTime ? timestamp : NO_TIMESTAMP
        }
      }
    }
    return undefined
  }

  /** The bytes are in the file: indexes and offsets follow. */
  commit(): void {
    const { active, offsets } = this.log
    for (const buffer of this.buffers) {
      for (let at = 0; at < buffer.length; at += RecordBatch.sizeBytes(buffer, at)) {
        active.noteBatch(buffer, at, active.sizeBytes, this.config.indexIntervalBytes)
      }
    }
    offsets.appendedTo(this.nextOffset)
  }

  /** Nothing was written: producers are as they were. */
  undo(): void {
    for (const undo of this.undos.toReversed()) undo()
  }

  /** Whether somebody waits for the device. */
  get asksAll(): boolean {
    return this.placed.some(({ command }) => command.acks === -1)
  }

  /** Answers those who do not wait for the device. */
  answerWritten(): void {
    this.answer((placed) => placed.command.acks === -1 ? undefined : placed.result)
  }

  answerAll(): void {
    this.answer((placed) => placed.result)
  }

  /** Answers whoever has no answer yet with an error, those refused before with their own. */
  refuse(result: Appended): void {
    this.answer((placed) => placed.result.errorCode === ErrorCode.NONE ? result : placed.result)
  }

  /** The last first, as `GroupCommit.settle` does. */
  private answer(resultOf: (placed: Placed) => Appended | undefined): void {
    const left: Array<Placed> = []
    for (const placed of this.placed.splice(0).toReversed()) {
      const result = resultOf(placed)
      if (result === undefined) left.push(placed)
      else placed.command.done(result)
    }
    this.placed.push(...left.toReversed())
  }
}
