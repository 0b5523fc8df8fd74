// Requests as tests send them: with everything that does not matter filled in.
import { CreateTopics } from "../../src/domain/protocol/CreateTopics.ts"
import type { Fetch } from "../../src/domain/protocol/Fetch.ts"
import type { ListOffsets } from "../../src/domain/protocol/ListOffsets.ts"
import type { Metadata } from "../../src/domain/protocol/Metadata.ts"
import type { Produce } from "../../src/domain/protocol/Produce.ts"
import { NO_TOPIC_ID } from "../../src/domain/Topic.ts"
import type * as Api from "../../src/domain/wire/Api.ts"
import type { Client } from "./BrokerWorld.ts"

export const createTopic = (
  client: Client,
  name: string,
  partitions = 1,
  configs: Readonly<Record<string, string | null>> = {}
) => client.ask(CreateTopics, 7, createTopics([{ name, partitions, configs }]))

export const createTopics = (
  topics: ReadonlyArray<{
    readonly name: string
    readonly partitions?: number
    readonly replicationFactor?: number
    readonly configs?: Readonly<Record<string, string | null>>
  }>,
  validateOnly = false
): Api.Request<typeof CreateTopics> => ({
  topics: topics.map(({ configs = {}, name, partitions = 1, replicationFactor = 1 }) => ({
    name,
    numPartitions: partitions,
    replicationFactor,
    assignments: [],
    configs: Object.entries(configs).map(([name, value]) => ({ name, value }))
  })),
  timeoutMs: 1000,
  validateOnly
})

export const produce = (
  topic: string,
  records: Uint8Array | null,
  options: { readonly acks?: number; readonly partition?: number } = {}
): Api.Request<typeof Produce> => ({
  transactionalId: null,
  acks: options.acks ?? -1,
  timeoutMs: 1000,
  topicData: [{ name: topic, partitionData: [{ index: options.partition ?? 0, records }] }]
})

export const fetch = (
  topic: string,
  fetchOffset: number,
  options: {
    readonly maxWaitMs?: number
    readonly minBytes?: number
    readonly maxBytes?: number
    readonly sessionId?: number
    readonly sessionEpoch?: number
  } = {}
): Api.Request<typeof Fetch> => ({
  clusterId: null,
  replicaId: -1,
  replicaState: { replicaId: -1, replicaEpoch: -1 },
  maxWaitMs: options.maxWaitMs ?? 0,
  minBytes: options.minBytes ?? 1,
  maxBytes: options.maxBytes ?? 1 << 20,
  isolationLevel: 0,
  sessionId: options.sessionId ?? 0,
  sessionEpoch: options.sessionEpoch ?? -1,
  topics: [{
    topic,
    topicId: NO_TOPIC_ID,
    partitions: [{
      partition: 0,
      currentLeaderEpoch: -1,
      fetchOffset,
      lastFetchedEpoch: -1,
      logStartOffset: -1,
      partitionMaxBytes: options.maxBytes ?? 1 << 20,
      replicaDirectoryId: NO_TOPIC_ID
    }]
  }],
  forgottenTopicsData: [],
  rackId: ""
})

export const metadata = (
  topics: ReadonlyArray<string> | null,
  allowAutoTopicCreation = false
): Api.Request<typeof Metadata> => ({
  topics: topics?.map((name) => ({ topicId: NO_TOPIC_ID, name })) ?? null,
  allowAutoTopicCreation,
  includeClusterAuthorizedOperations: false,
  includeTopicAuthorizedOperations: false
})

export const listOffsets = (topic: string, timestamp: number): Api.Request<typeof ListOffsets> => ({
  replicaId: -1,
  isolationLevel: 0,
  topics: [{
    name: topic,
    partitions: [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp }]
  }],
  timeoutMs: 1000
})
