// Sets of partitions by topic id, and what can be done with them: how the consumer protocol (KIP-848)
// says who owns what. No topic is named without a partition. Values are never changed.
import type { PartitionId, TopicId } from "./Topic.ts"

export type TopicPartitions = ReadonlyMap<TopicId, ReadonlySet<PartitionId>>

export const NONE: TopicPartitions = new Map()

/** As on the wire. */
export type Listed = ReadonlyArray<
  { readonly topicId: TopicId; readonly partitions: ReadonlyArray<PartitionId> }
>

export const fromList = (listed: Listed): TopicPartitions => {
  const result = new Map<TopicId, Set<PartitionId>>()
  for (const { partitions, topicId } of listed) {
    for (const partition of partitions) add(result, topicId, partition)
  }
  return result
}

/** In ascending order, so that equal sets are equal bytes. */
export const toList = (all: TopicPartitions): Listed =>
  [...all].sort(([a], [b]) => a < b ? -1 : 1).map(([topicId, partitions]) => ({
    topicId,
    partitions: [...partitions].sort((a, b) => a - b)
  }))

export const add = (
  to: Map<TopicId, Set<PartitionId>>,
  topicId: TopicId,
  partition: PartitionId
): void => {
  const partitions = to.get(topicId)
  if (partitions === undefined) to.set(topicId, new Set([partition]))
  else partitions.add(partition)
}

export const has = (all: TopicPartitions, topicId: TopicId, partition: PartitionId): boolean =>
  all.get(topicId)?.has(partition) ?? false

export const filter = (
  all: TopicPartitions,
  keep: (topicId: TopicId, partition: PartitionId) => boolean
): TopicPartitions => {
  const result = new Map<TopicId, Set<PartitionId>>()
  for (const [topicId, partition] of each(all)) {
    if (keep(topicId, partition)) add(result, topicId, partition)
  }
  return result
}

export const union = (a: TopicPartitions, b: TopicPartitions): TopicPartitions => {
  const result = new Map<TopicId, Set<PartitionId>>()
  for (const [topicId, partition] of each(a)) add(result, topicId, partition)
  for (const [topicId, partition] of each(b)) add(result, topicId, partition)
  return result
}

export const minus = (a: TopicPartitions, b: TopicPartitions): TopicPartitions =>
  filter(a, (topicId, partition) => !has(b, topicId, partition))

export const intersection = (a: TopicPartitions, b: TopicPartitions): TopicPartitions =>
  filter(a, (topicId, partition) => has(b, topicId, partition))

export const isSubset = (a: TopicPartitions, b: TopicPartitions): boolean => minus(a, b).size === 0

export const equals = (a: TopicPartitions, b: TopicPartitions): boolean =>
  a === b || (isSubset(a, b) && isSubset(b, a))

export const count = (all: TopicPartitions): number => {
  let partitions = 0
  for (const { size } of all.values()) partitions += size
  return partitions
}

export function* each(all: TopicPartitions): Iterable<readonly [TopicId, PartitionId]> {
  for (const [topicId, partitions] of all) {
    for (const partition of partitions) yield [topicId, partition]
  }
}
