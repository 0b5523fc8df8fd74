// The newest slices of logs that several consumers read one after the other: what the first of them read is
// kept, and given to the others without a read. Bounded in all; what was used longest ago goes first.
//
// It is filled by reads and not by appends: keeping what producers sent would mean a copy of each append,
// or frames that are not used again, and either costs more than the one read it saves (docs/zero-copy.md). With one
// consumer nothing is kept, so that its reads go through the same few buffers as without.
//
// A slice is given only to who would read just the same: from the same offset, with the same budget, and
// up to the same limit, unless the budget ended it. So it is never more than may be read, nor less than
// there is, for somebody who waits for more would be woken again and again.
import type { Slice } from "../../domain/log/LogSlice.ts"
import type { Offset } from "../../domain/Offset.ts"
import * as ReadBuffers from "../disk/ReadBuffers.ts"
import type { ReadOptions } from "./PartitionLogs.ts"

export interface SharedSlice {
  readonly records: Buffer
  /** Called once by each to whom it was given. */
  readonly release: () => void
}

interface Kept {
  readonly tail: LogTail
  readonly offset: Offset
  readonly bytesMax: number
  readonly limit: Offset
  readonly nextOffset: Offset
  readonly buffer: Buffer
  readonly records: Buffer
  /** To whom it was given and who has not released it, and the cache itself. */
  users: number
}

/** Offsets read last, by which a second reader is known. */
const SEEN = 16
/** So many reads after the last of a second reader nothing more is kept. */
const SHARED_READS = 64

export class TailCache {
  private readonly bytesMax: number
  /** In the order of their last use. */
  private readonly kept = new Set<Kept>()
  private bytes = 0

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax
  }

  /** Of one log. */
  tail(): LogTail {
    return new LogTail(this)
  }

  get keptBytes(): number {
    return this.bytes
  }

  keep(slice: Kept): void {
    this.kept.add(slice)
    this.bytes += slice.buffer.length
    slice.users++
    for (const oldest of this.kept) {
      if (this.bytes <= this.bytesMax) break
      this.drop(oldest)
    }
  }

  use(slice: Kept): void {
    this.kept.delete(slice)
    this.kept.add(slice)
  }

  drop(slice: Kept): void {
    if (!this.kept.delete(slice)) return
    this.bytes -= slice.buffer.length
    slice.tail.forgetOne(slice.offset)
    leave(slice)
  }
}

export class LogTail {
  private readonly cache: TailCache
  private readonly slices = new Map<Offset, Kept>()
  private readonly seen = new Float64Array(SEEN).fill(-1)
  private next = 0
  private sharedReads = 0

  constructor(cache: TailCache) {
    this.cache = cache
  }

  /** What another reader has read that this one would read again. */
  take(options: ReadOptions, limit: Offset): SharedSlice | undefined {
    const slice = this.slices.get(options.offset)
    if (slice === undefined || !isSame(slice, options, limit)) return undefined
    this.sharedReads = SHARED_READS
    this.cache.use(slice)
    return given(slice)
  }

  /** Shares what was read where there is more than one reader; else it is the reader's alone. */
  share({ bytesMax, offset }: ReadOptions, limit: Offset, slice: Slice): SharedSlice {
    const { buffer, end, nextOffset, start } = slice
    const records = buffer.subarray(start, end)
    if (this.seen.includes(offset)) {
      this.sharedReads = SHARED_READS
    } else {
      this.seen[this.next] = offset
      this.next = (this.next + 1) % SEEN
      if (this.sharedReads > 0) this.sharedReads--
    }
    if (this.sharedReads === 0) return { records, release: () => ReadBuffers.give(buffer) }
    const kept = { tail: this, offset, bytesMax, limit, nextOffset, buffer, records, users: 0 }
    const before = this.slices.get(offset)
    if (before !== undefined) this.cache.drop(before)
    const shared = given(kept)
    this.slices.set(offset, kept)
    this.cache.keep(kept)
    return shared
  }

  forgetOne(offset: Offset): void {
    this.slices.delete(offset)
  }

  /** When what was read may be there no more. */
  forget(): void {
    for (const slice of this.slices.values()) this.cache.drop(slice)
  }
}

/** Whether a read now would give just the same. */
const isSame = (slice: Kept, { atLeastOne, bytesMax }: ReadOptions, limit: Offset): boolean => {
  const isToLimit = slice.nextOffset >= slice.limit
  return slice.bytesMax === bytesMax && slice.nextOffset <= limit &&
    (!isToLimit || slice.limit === limit) && (atLeastOne || slice.records.length <= bytesMax)
}

const given = (slice: Kept): SharedSlice => {
  slice.users++
  return { records: slice.records, release: () => leave(slice) }
}

const leave = (slice: Kept): void => {
  if (--slice.users === 0) ReadBuffers.give(slice.buffer)
}
