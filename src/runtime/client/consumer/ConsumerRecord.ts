// One record that a consumer reads: a view into the records of its batch, whose parts are made when they are
// asked for. It holds places, not bytes.
//
// A record may be kept as long as anybody likes: the memory that it looks into is never used again for
// something else, and lives as long as a record of it does. Who keeps a few records of many for long copies
// their values, because each keeps the whole fetch alive.
import type { LeaderEpoch, Offset, Timestamp } from "../../../domain/Offset.ts"
import * as Varint from "../../../domain/record/Varint.ts"
import type { PartitionId, TopicName } from "../../../domain/Topic.ts"

/** A header; its value is a view. Names may come more than once, in the order of the producer. */
export interface Header {
  readonly key: string
  readonly value: Buffer | null
}

/** What the records of a batch have in common. */
export interface RecordOrigin {
  readonly topic: TopicName
  readonly partition: PartitionId
  readonly leaderEpoch: LeaderEpoch
  readonly baseOffset: Offset
  readonly baseTimestampMs: Timestamp
  /** The time that the broker gave to all of them; NO_TIMESTAMP where each has its producer's. */
  readonly appendTimestampMs: Timestamp
  readonly bytes: Buffer
  /** What `bytes` is a view of, and where it begins there. */
  readonly memory: ArrayBufferLike
  readonly memoryAt: number
}

/**
 * The class of all Buffers, which Node itself makes them with. `subarray` comes to the same after it
 * has asked for the memory of the view at hand, which costs as much as the view.
 */
const View = (Buffer as unknown as { readonly [Symbol.species]: BufferView })[Symbol.species]

type BufferView = new(memory: ArrayBufferLike, at: number, length: number) => Buffer

const view = ({ memory, memoryAt }: RecordOrigin, at: number, length: number): Buffer =>
  new View(memory, memoryAt + at, length)

/** Where a record stands: all that a commit needs to know of it. */
export type RecordPlace = Pick<ConsumerRecord, "topic" | "partition" | "offset" | "leaderEpoch">

export class ConsumerRecord {
  private readonly origin: RecordOrigin
  // Differences are small integers, which lie in the object itself; the numbers they stand for do not.
  private readonly offsetDelta: number
  private readonly timestampDelta: number
  private readonly keyAt: number
  private readonly keyLength: number
  private readonly valueAt: number
  private readonly valueLength: number

  constructor(
    origin: RecordOrigin,
    offsetDelta: number,
    timestampDelta: number,
    keyAt: number,
    keyLength: number,
    valueAt: number,
    valueLength: number
  ) {
    this.origin = origin
    this.offsetDelta = offsetDelta
    this.timestampDelta = timestampDelta
    this.keyAt = keyAt
    this.keyLength = keyLength
    this.valueAt = valueAt
    this.valueLength = valueLength
  }

  get topic(): TopicName {
    return this.origin.topic
  }

  get partition(): PartitionId {
    return this.origin.partition
  }

  get offset(): Offset {
    return this.origin.baseOffset + this.offsetDelta
  }

  /** The leader under whom it was written; -1 where the broker tells none. */
  get leaderEpoch(): LeaderEpoch {
    return this.origin.leaderEpoch
  }

  /** Milliseconds since 1970: the producer's, or the broker's where the topic is set up so. */
  get timestampMs(): Timestamp {
    const { appendTimestampMs, baseTimestampMs } = this.origin
    return appendTimestampMs < 0 ? baseTimestampMs + this.timestampDelta : appendTimestampMs
  }

  /** A view, made anew each time; null where there is none. */
  get key(): Buffer | null {
    return this.keyLength < 0
      ? null
      : view(this.origin, this.keyAt, this.keyLength)
  }

  /** A view, made anew each time; null for a tombstone. */
  get value(): Buffer | null {
    return this.valueLength < 0
      ? null
      : view(this.origin, this.valueAt, this.valueLength)
  }

  /** Bytes of the value, 0 where there is none, without making a view. */
  get valueBytes(): number {
    return this.valueLength < 0 ? 0 : this.valueLength
  }

  get headers(): ReadonlyArray<Header> {
    const { bytes } = this.origin
    const cursor = new Varint.Cursor(bytes, this.valueAt + this.valueBytes)
    const headers: Array<Header> = []
    for (let left = cursor.varint(); left > 0 && cursor.position < bytes.length; left--) {
      const nameLength = cursor.varint()
      const key = bytes.toString("utf8", cursor.position, cursor.position + nameLength)
      cursor.position += Math.max(nameLength, 0)
      const length = cursor.varint()
      const value = length < 0
        ? null
        : bytes.subarray(cursor.position, cursor.position + length)
      cursor.position += Math.max(length, 0)
      headers.push({ key, value })
    }
    return headers
  }
}
