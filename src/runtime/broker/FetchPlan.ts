// What a fetch asks for, made ready to be read: topics resolved, partitions in the order of the
// request (which is the client's order of fairness), and the byte budget of the whole answer.
// Source: KIP-74 for the budget.
import type { Fetch } from "../../domain/protocol/Fetch.ts"
import * as Topic from "../../domain/Topic.ts"
import type * as Api from "../../domain/wire/Api.ts"
import type { ClusterMetadata } from "../../layers/storage/ClusterMetadata.ts"

export type FetchRequest = Api.Request<typeof Fetch>

export interface PlannedPartition {
  /** Empty when the request named a topic id that nobody has. */
  readonly topic: Topic.TopicName
  readonly topicId: Topic.TopicId
  readonly partition: Topic.PartitionId
  readonly fetchOffset: number
  readonly currentLeaderEpoch: number
  readonly bytesMax: number
}

export interface FetchPlan {
  /** Topics are named by id, as from version 13 on: a name may be another topic's by now. */
  readonly isById: boolean
  readonly partitions: ReadonlyArray<PlannedPartition>
  readonly bytesMax: number
  readonly isolation: "read_uncommitted" | "read_committed"
}

const READ_COMMITTED = 1
const IDS_FROM = 13

export const make = (
  request: FetchRequest,
  version: number,
  fetchMaxBytes: number,
  metadata: ClusterMetadata["Service"]
): FetchPlan => {
  const partitions: Array<PlannedPartition> = []
  const isById = version >= IDS_FROM
  for (const asked of request.topics) {
    const topic = isById ? metadata.topicById(asked.topicId)?.name ?? "" : asked.topic
    for (const partition of asked.partitions) {
      partitions.push({
        topic,
        topicId: isById ? asked.topicId : Topic.NO_TOPIC_ID,
        partition: partition.partition,
        fetchOffset: partition.fetchOffset,
        currentLeaderEpoch: partition.currentLeaderEpoch,
        bytesMax: partition.partitionMaxBytes
      })
    }
  }
  return {
    isById,
    partitions,
    bytesMax: Math.min(request.maxBytes, fetchMaxBytes),
    isolation: request.isolationLevel === READ_COMMITTED ? "read_committed" : "read_uncommitted"
  }
}
