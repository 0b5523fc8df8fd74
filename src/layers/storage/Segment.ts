// One segment of a partition's log: a .log file of batches and its two sparse indexes. While it is
// the active one its indexes live in memory; they are written out by the next checkpoint after it was
// rolled, or when it is closed. Those of older segments are loaded when first needed, and made anew from
// the log when they make no sense. Files are opened on first use and closed when they have not been
// used for a while, so that a thousand idle partitions cost a thousand directory listings and no
// descriptors.
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import { OffsetIndex } from "../../domain/log/OffsetIndex.ts"
import * as PreparedRoom from "../../domain/log/PreparedRoom.ts"
import * as SegmentName from "../../domain/log/SegmentName.ts"
import { TimeIndex } from "../../domain/log/TimeIndex.ts"
import { NO_TIMESTAMP } from "../../domain/Offset.ts"
import * as RecordBatch from "../../domain/record/RecordBatch.ts"
import { type Disk, type DiskError, type DiskFile, orAbsent } from "../disk/Disk.ts"

/** Bytes between two index entries (index.interval.bytes). */
export type IndexInterval = number

export class Segment {
  readonly baseOffset: number
  readonly directory: string
  /** Bytes of whole batches in the file. */
  sizeBytes: number
  maxTimestamp = NO_TIMESTAMP
  maxTimestampOffset: number
  /** When its first batch was made, by the batch; undefined before there is one. */
  firstTimestamp: number | undefined
  /** When it was first written to in this process. */
  createdMs: number | undefined
  /** Batches below this position have had their checksums looked at in this process. */
  verifiedBytes = 0
  /** Batches from this position on were written by this process, after their checksums were. */
  writtenFromBytes: number
  /** Bytes known to be on the device. */
  syncedBytes: number
  offsetIndex: OffsetIndex | undefined
  timeIndex: TimeIndex | undefined
  /** A number that differs between partitions and segments. */
  readonly seed: number
  private bytesSinceEntry = 0
  /** Whether its files are sure to be found again under their names. */
  isNameDurable = true
  /** Whether both index files are on the device, and hold all that the indexes in memory do. */
  isIndexed = true
  /** Whether somebody has used the file or the indexes since `rest` looked. */
  isUsed = false
  /** Ends the names of its files while compaction writes it. */
  stage = ""
  private file: DiskFile | undefined
  /** Whether its file was made shorter, and the device does not know. */
  private isCut = false
  /** Whether room may be prepared behind its records; not where the disk was full. */
  mayPrepareRoom = true
  readonly disk: Disk["Service"]
  private readonly opening = Semaphore.makeUnsafe(1)

  constructor(disk: Disk["Service"], directory: string, baseOffset: number, sizeBytes: number) {
    this.disk = disk
    this.directory = directory
    this.baseOffset = baseOffset
    this.sizeBytes = sizeBytes
    this.writtenFromBytes = sizeBytes
    this.syncedBytes = sizeBytes
    this.maxTimestampOffset = baseOffset
    this.seed = seedOf(directory, baseOffset)
  }

  /** A segment that is yet to be written. */
  static create(disk: Disk["Service"], directory: string, baseOffset: number): Segment {
    const segment = new Segment(disk, directory, baseOffset, 0)
    segment.beginIndexes()
    segment.isNameDurable = false
    segment.isIndexed = false
    return segment
  }

  /** Empty indexes, and nothing known of the batches: before they are written, or read anew. */
  beginIndexes(): void {
    this.offsetIndex = new OffsetIndex(this.baseOffset)
    this.timeIndex = new TimeIndex(this.baseOffset)
    this.sizeBytes = 0
    this.maxTimestamp = NO_TIMESTAMP
    this.maxTimestampOffset = this.baseOffset
    this.firstTimestamp = undefined
    this.bytesSinceEntry = 0
  }

  pathOf(suffix: string): string {
    return `${this.directory}/${SegmentName.format(this.baseOffset, suffix)}${this.stage}`
  }

  /** The open .log file; made when nothing was written to it yet. */
  get open(): Effect.Effect<DiskFile, DiskError> {
    return Effect.suspend(() =>
      this.openFile !== undefined ? Effect.succeed(this.openFile) : this.opening.withPermit(
        Effect.suspend(() =>
          this.file !== undefined ? Effect.succeed(this.file) : Effect.tap(
            this.disk.open(this.pathOf(SegmentName.LOG_SUFFIX), { create: this.sizeBytes === 0 }),
            (file) =>
              Effect.sync(() => {
                this.file = file
              })
          )
        )
      )
    )
  }

  /** The file when it is open: for reads that need not wait. */
  get openFile(): DiskFile | undefined {
    this.isUsed = true
    return this.file
  }

  /** Notes a batch that was written at `position`; an index entry is made every `interval` bytes. */
  noteBatch(buffer: Buffer, at: number, position: number, interval: IndexInterval): void {
    const size = RecordBatch.sizeBytes(buffer, at)
    const isEmpty = RecordBatch.recordsCount(buffer, at) === 0
    const maxTimestamp = isEmpty ? NO_TIMESTAMP : RecordBatch.maxTimestamp(buffer, at)
    this.firstTimestamp ??= maxTimestamp
    if (maxTimestamp > this.maxTimestamp) {
      this.maxTimestamp = maxTimestamp
      this.maxTimestampOffset = RecordBatch.baseOffset(buffer, at)
    }
    if (position > 0 && this.bytesSinceEntry + size > interval) {
      this.offsetIndex?.append(RecordBatch.baseOffset(buffer, at), position)
      this.timeIndex?.append(this.maxTimestamp, this.maxTimestampOffset)
      this.bytesSinceEntry = 0
    } else {
      this.bytesSinceEntry += size
    }
    this.isIndexed = false
    this.sizeBytes = position + size
  }

  /** Brings both indexes to the device, beside the log: once the segment is rolled or closed. */
  get writeIndexes(): Effect.Effect<void, DiskError> {
    return Effect.suspend(() => {
      const { offsetIndex, timeIndex } = this
      const hasNone = offsetIndex === undefined || timeIndex === undefined || this.sizeBytes === 0
      if (this.isIndexed || hasNone) return Effect.void
      return this.writeBoth(offsetIndex, timeIndex)
    })
  }

  /** Both index files, those of a segment without batches too. */
  writeBoth(offsetIndex: OffsetIndex, timeIndex: TimeIndex): Effect.Effect<void, DiskError> {
    if (this.maxTimestamp !== NO_TIMESTAMP) {
      timeIndex.append(this.maxTimestamp, this.maxTimestampOffset)
    }
    return this.writeIndex(SegmentName.OFFSET_INDEX_SUFFIX, offsetIndex.bytes).pipe(
      Effect.andThen(this.writeIndex(SegmentName.TIME_INDEX_SUFFIX, timeIndex.bytes)),
      Effect.andThen(this.disk.syncDirectory(this.directory)),
      Effect.andThen(Effect.sync(() => {
        this.isIndexed = true
      }))
    )
  }

  private writeIndex(suffix: string, bytes: Buffer): Effect.Effect<void, DiskError> {
    return Effect.flatMap(
      this.disk.open(this.pathOf(suffix), { create: true }),
      (file) =>
        file.truncate(0).pipe(
          Effect.andThen(bytes.length === 0 ? Effect.void : file.write([bytes], 0)),
          Effect.andThen(file.sync),
          Effect.ensuring(file.close)
        )
    )
  }

  get isDirty(): boolean {
    return this.isCut || this.syncedBytes < this.sizeBytes
  }

  /** Ends when the file is sure to be there after a crash, if only empty. */
  get establish(): Effect.Effect<void, DiskError> {
    return Effect.suspend(() =>
      this.isNameDurable ? Effect.void : this.open.pipe(
        Effect.andThen(this.disk.syncDirectory(this.directory)),
        Effect.andThen(Effect.sync(() => {
          this.isNameDurable = true
        }))
      )
    )
  }

  /** Brings what was written to the device, and the first time the file's name too. */
  get sync(): Effect.Effect<void, DiskError> {
    return Effect.suspend(() => {
      if (!this.isDirty) return Effect.void
      const size = this.sizeBytes
      const wasCut = this.isCut
      const synced = Effect.flatMap(this.open, (file) =>
        Effect.map(file.sync, () => {
          this.syncedBytes = Math.max(this.syncedBytes, size)
          if (wasCut) this.isCut = false
        }))
      return Effect.andThen(synced, this.establish)
    })
  }

  /** Whether `syncNow` may be called. */
  get isSyncQuick(): boolean {
    return this.isNameDurable && this.file?.isSyncQuick === true
  }

  /** `sync` on the calling stack, when `isSyncQuick`. Throws DiskError. */
  syncNow(): void {
    this.file!.syncSyncUnsafe()
    this.syncedBytes = this.sizeBytes
    this.isCut = false
  }

  /** Puts the file back to its whole batches after a write that failed half way. */
  get cutBack(): Effect.Effect<void, DiskError> {
    return Effect.flatMap(this.open, (file) => this.cut(file))
  }

  /** Zeros to be written behind so many bytes of records, which are synced; see PreparedRoom. */
  roomBehind(file: DiskFile, bytes: number): Buffer | undefined {
    if (!this.mayPrepareRoom) return undefined
    return PreparedRoom.behind(this.sizeBytes, bytes, file.sizeBytes)
  }

  /** Cuts prepared room off: before the segment is closed, or is no longer the active one. */
  get cutRoom(): Effect.Effect<void, DiskError> {
    return Effect.suspend(() => {
      const { file } = this
      const hasRoom = file !== undefined && file.sizeBytes > this.sizeBytes
      return hasRoom ? this.cut(file) : Effect.void
    })
  }

  private cut(file: DiskFile): Effect.Effect<void, DiskError> {
    return Effect.map(file.truncate(this.sizeBytes), () => {
      this.isCut = true
    })
  }

  /** Lets go of file and indexes when nobody has used them since this was asked last; not if active. */
  get rest(): Effect.Effect<void> {
    return Effect.suspend(() => {
      const mayRest = !this.isUsed && !this.isDirty && this.isIndexed
      this.isUsed = false
      if (!mayRest) return Effect.void
      this.offsetIndex = undefined
      this.timeIndex = undefined
      return this.close
    })
  }

  get close(): Effect.Effect<void> {
    return Effect.suspend(() => {
      const { file } = this
      this.file = undefined
      return file === undefined ? Effect.void : file.close
    })
  }

  /** Renames the files out of the way; `removeDeleted` frees the disk later. */
  get markDeleted(): Effect.Effect<void, DiskError> {
    return Effect.suspend(() =>
      Effect.forEach(SUFFIXES, (suffix) => {
        const path = this.pathOf(suffix)
        return orAbsent(this.disk.rename(path, path + SegmentName.DELETED_SUFFIX))
      }, { discard: true })
    )
  }

  get removeDeleted(): Effect.Effect<void, DiskError> {
    return Effect.suspend(() =>
      Effect.andThen(
        this.close,
        Effect.forEach(
          SUFFIXES,
          (suffix) => this.disk.remove(this.pathOf(suffix) + SegmentName.DELETED_SUFFIX),
          { discard: true }
        )
      )
    )
  }
}

const seedOf = (directory: string, baseOffset: number): number => {
  let seed = baseOffset | 0
  for (let i = 0; i < directory.length; i++) {
    seed = (Math.imul(seed, 31) + directory.charCodeAt(i)) | 0
  }
  return seed
}

const SUFFIXES = [
  SegmentName.LOG_SUFFIX,
  SegmentName.OFFSET_INDEX_SUFFIX,
  SegmentName.TIME_INDEX_SUFFIX,
  SegmentName.SNAPSHOT_SUFFIX
]
