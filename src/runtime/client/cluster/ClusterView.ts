// What is known of a cluster: its brokers, and of each topic that somebody asked for, who leads its
// partitions. A value is never changed; an answer to Metadata gives the next one.
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import type { LeaderEpoch } from "../../../domain/Offset.ts"
import type { Metadata } from "../../../domain/protocol/Metadata.ts"
import type { PartitionId, TopicId, TopicName } from "../../../domain/Topic.ts"
import type * as Api from "../../../domain/wire/Api.ts"
import type { Address } from "../../../layers/transport/Transport.ts"

export interface BrokerNode extends Address {
  readonly nodeId: number
  readonly rack: string | null
}

export interface PartitionMetadata {
  readonly partition: PartitionId
  /** -1 while nobody leads. */
  readonly leaderId: number
  readonly leaderEpoch: LeaderEpoch
  readonly replicas: ReadonlyArray<number>
  readonly inSyncReplicas: ReadonlyArray<number>
  readonly offlineReplicas: ReadonlyArray<number>
}

export interface TopicMetadata {
  readonly topic: TopicName
  /** All zero where the broker tells none. */
  readonly topicId: TopicId
  readonly isInternal: boolean
  /** By their numbers, without holes. */
  readonly partitions: ReadonlyArray<PartitionMetadata>
}

export interface ClusterView {
  readonly clusterId: string | null
  /** -1 where there is none. */
  readonly controllerId: number
  readonly brokers: ReadonlyMap<number, BrokerNode>
  readonly topics: ReadonlyMap<TopicName, TopicMetadata>
}

export const EMPTY: ClusterView = {
  clusterId: null,
  controllerId: -1,
  brokers: new Map(),
  topics: new Map()
}

type Answer = Api.Response<typeof Metadata>

/** Topics that the answer does not name stay as they were; those that are gone, go. */
export const update = (view: ClusterView, answer: Answer): ClusterView => {
  const topics = new Map(view.topics)
  for (const told of answer.topics) {
    if (told.name === null) continue
    if (told.errorCode === ErrorCode.NONE) topics.set(told.name, topicOf(told))
    else if (told.errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) topics.delete(told.name)
  }
  return {
    clusterId: answer.clusterId,
    controllerId: answer.controllerId,
    brokers: new Map(answer.brokers.map((broker) => [broker.nodeId, broker])),
    topics
  }
}

export const topicOf = (told: Answer["topics"][number]): TopicMetadata => ({
  topic: told.name ?? "",
  topicId: told.topicId,
  isInternal: told.isInternal,
  partitions: told.partitions
    .map((partition): PartitionMetadata => ({
      partition: partition.partitionIndex,
      leaderId: partition.leaderId,
      leaderEpoch: partition.leaderEpoch,
      replicas: partition.replicaNodes,
      inSyncReplicas: partition.isrNodes,
      offlineReplicas: partition.offlineReplicas
    }))
    .sort((a, b) => a.partition - b.partition)
})

export const leaderOf = (
  view: ClusterView,
  topic: TopicName,
  partition: PartitionId
): BrokerNode | undefined => {
  const leaderId = view.topics.get(topic)?.partitions[partition]?.leaderId
  return leaderId === undefined ? undefined : view.brokers.get(leaderId)
}
