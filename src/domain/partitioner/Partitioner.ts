// Which partition a record goes to. It is asked for every record, so that nothing is allocated here: plain
// arguments, numbers, state that is kept by topic. Records with a key go by its hash, as in every Kafka
// client. Records without one stay with a partition until about a batch has gone there (KIP-480, KIP-794):
// full batches, evenly spread over time. A partitioner belongs to one producer; its makers are factories.
import type { PartitionId, TopicName } from "../Topic.ts"
import { murmur2, toPositive } from "./Murmur2.ts"

export interface Partitioner {
  /** It gives all records without a key the same partition, until the batch there is closed. */
  readonly isSticky?: boolean
  /**
   * A number below `partitionCount`. `available` are the partitions that have a leader, an array that is
   * replaced when they change and never written to; where it is empty, nothing is known of them.
   */
  readonly partition: (
    topic: TopicName,
    key: Uint8Array | null,
    partitionCount: number,
    available: ReadonlyArray<PartitionId>
  ) => PartitionId
  /** A batch was closed: because it was full, or else because it had waited long enough. */
  readonly onBatchSealed?: (
    topic: TopicName,
    partition: PartitionId,
    sizeBytes: number,
    isFull: boolean
  ) => void
}

/** How a configuration names one, and how users hand in their own. */
export type PartitionerFactory = () => Partitioner

export interface StickyOptions {
  /** Batches that were not full do not end the stay at a partition before they have so many bytes. */
  readonly stickyBytes?: number
  /** From 0 to below 1. */
  readonly random?: () => number
}

/** Of one topic: where records without a key go at present. */
interface Stay {
  partition: PartitionId
  bytes: number
  available: ReadonlyArray<PartitionId>
  isOver: boolean
}

const STICKY_BYTES = 16_384

/** Kafka's default: keys by their hash, records without a key together, a batch here and a batch there. */
export const keyed = (options: StickyOptions = {}): Partitioner => {
  const random = options.random ?? Math.random
  const stickyBytes = options.stickyBytes ?? STICKY_BYTES
  const stays = new Map<TopicName, Stay>()

  const settle = (
    topic: TopicName,
    stay: Stay | undefined,
    partitionCount: number,
    available: ReadonlyArray<PartitionId>
  ): PartitionId => {
    if (stay !== undefined && !stay.isOver && stay.partition < partitionCount) {
      if (available.length === 0 || available.includes(stay.partition)) {
        stay.available = available
        return stay.partition
      }
    }
    const partition = another(stay?.partition ?? -1, partitionCount, available, random())
    stays.set(topic, { partition, bytes: 0, available, isOver: false })
    return partition
  }

  return {
    isSticky: true,
    partition: (topic, key, partitionCount, available) => {
      if (key !== null) return toPositive(murmur2(key)) % partitionCount
      const stay = stays.get(topic)
      return stay === undefined || stay.isOver || stay.available !== available ||
          stay.partition >= partitionCount
        ? settle(topic, stay, partitionCount, available)
        : stay.partition
    },
    onBatchSealed: (topic, partition, sizeBytes, isFull) => {
      const stay = stays.get(topic)
      if (stay === undefined || stay.partition !== partition) return
      stay.bytes += sizeBytes
      stay.isOver = isFull || stay.bytes >= stickyBytes
    }
  }
}

/** All partitions that have a leader in turn, whatever the key. */
export const roundRobin: PartitionerFactory = () => {
  const turns = new Map<TopicName, number>()
  return {
    partition: (topic, _key, partitionCount, available) => {
      const turn = turns.get(topic) ?? 0
      turns.set(topic, (turn + 1) & 0x7fff_ffff)
      return available.length > 0 ? available[turn % available.length]! : turn % partitionCount
    }
  }
}

/** One of those that are available, and not the former one where there is a choice. */
const another = (
  former: PartitionId,
  partitionCount: number,
  available: ReadonlyArray<PartitionId>,
  draw: number
): PartitionId => {
  const isKnown = available.length > 0
  const count = isKnown ? available.length : partitionCount
  const at = (i: number): PartitionId => isKnown ? available[i]! : i
  const hasFormer = isKnown ? available.includes(former) : former >= 0 && former < partitionCount
  if (!hasFormer || count === 1) return at(Math.floor(draw * count))
  // Drawn of one fewer: the last one stands in for the former one.
  const partition = at(Math.floor(draw * (count - 1)))
  return partition === former ? at(count - 1) : partition
}
