// Holds the entries of a segment's indexes against its batches as they are walked: an entry of the offset
// index must say where a batch begins and with which offset, one of the time index which batch brought
// the youngest timestamp so far. What lies in a part of the log that cannot be read is not judged.
import {
  ENTRY_BYTES as OFFSET_ENTRY_BYTES,
  type OffsetIndex
} from "../../../domain/log/OffsetIndex.ts"
import { ENTRY_BYTES as TIME_ENTRY_BYTES, type TimeIndex } from "../../../domain/log/TimeIndex.ts"
import { NO_TIMESTAMP } from "../../../domain/Offset.ts"

/** A batch, as far as indexes tell of it. */
export interface IndexedBatch {
  readonly baseOffset: number
  readonly position: number
  /** NO_TIMESTAMP of a batch that has lost its records. */
  readonly maxTimestamp: number
}

/** The first entry that is wrong, and how many are. */
export interface WrongEntries {
  /** Byte of that entry in the index's file. */
  readonly position: number
  readonly offset: number
  readonly detail: string
  readonly wrong: number
  readonly entries: number
}

export interface IndexJudge {
  readonly batch: (batch: IndexedBatch) => void
  /** From here to the next batch nothing is known. */
  readonly unknown: (position: number, offset: number) => void
  /** The segment has ended; what is wrong with the index, if anything. */
  readonly end: () => WrongEntries | undefined
}

/** Notes wrong entries: of the first all is kept. */
class Wrongs {
  private first: Omit<WrongEntries, "wrong" | "entries"> | undefined
  private count = 0

  add(position: number, offset: number, detail: string): void {
    this.first ??= { position, offset, detail }
    this.count++
  }

  of(entries: number): WrongEntries | undefined {
    return this.first && { ...this.first, wrong: this.count, entries }
  }
}

export const ofOffsets = (index: OffsetIndex): IndexJudge => {
  const wrongs = new Wrongs()
  let next = 0
  let unknownFrom = Infinity
  const wrong = (detail: string): void =>
    wrongs.add(next * OFFSET_ENTRY_BYTES, index.offsetAt(next), detail)
  /** Entries before `position` have not met a batch. */
  const missed = (position: number): void => {
    for (; next < index.entries && index.positionAt(next) < position; next++) {
      if (index.positionAt(next) >= unknownFrom) continue
      wrong(`no batch begins at byte ${index.positionAt(next)}, to which it points`)
    }
    unknownFrom = Infinity
  }
  return {
    batch: ({ baseOffset, position }) => {
      missed(position)
      if (next === index.entries || index.positionAt(next) !== position) return
      if (index.offsetAt(next) !== baseOffset) {
        wrong(`the batch at byte ${position} begins with offset ${baseOffset}, not with this`)
      }
      next++
    },
    unknown: (position) => {
      unknownFrom = Math.min(unknownFrom, position)
    },
    end: () => {
      missed(Infinity)
      return wrongs.of(index.entries)
    }
  }
}

/** `isComplete`: the index was written when the segment was, and knows its youngest record. */
export const ofTimes = (index: TimeIndex, isComplete: boolean): IndexJudge => {
  const wrongs = new Wrongs()
  let next = 0
  let unknownFrom = Infinity
  let hasUnknown = false
  let youngest = NO_TIMESTAMP
  const wrong = (detail: string): void =>
    wrongs.add(next * TIME_ENTRY_BYTES, index.offsetAt(next), detail)
  const missed = (offset: number): void => {
    for (; next < index.entries && index.offsetAt(next) < offset; next++) {
      if (index.offsetAt(next) >= unknownFrom) continue
      wrong("no batch begins with that offset")
    }
    unknownFrom = Infinity
  }
  const meet = ({ baseOffset, maxTimestamp }: IndexedBatch): void => {
    missed(baseOffset)
    if (next === index.entries || index.offsetAt(next) !== baseOffset) return
    const timestamp = index.timestampAt(next)
    if (timestamp !== maxTimestamp) {
      wrong(`the youngest record of that batch is of ${maxTimestamp}, not of ${timestamp}`)
    } else if (timestamp <= youngest && !hasUnknown) {
      wrong(`a batch before that one has a younger record, of ${youngest}`)
    }
    next++
  }
  return {
    batch: (batch) => {
      meet(batch)
      youngest = Math.max(youngest, batch.maxTimestamp)
    },
    unknown: (_, offset) => {
      unknownFrom = Math.min(unknownFrom, offset)
      hasUnknown = true
    },
    end: () => {
      missed(Infinity)
      if (isComplete && index.lastTimestamp < youngest) {
        const at = index.entries * TIME_ENTRY_BYTES
        wrongs.add(
          at,
          index.lastOffset,
          `it ends before the youngest record, which is of ${youngest}`
        )
      }
      return wrongs.of(index.entries)
    }
  }
}
