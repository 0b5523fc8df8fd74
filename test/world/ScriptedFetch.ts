// Answers to Fetch for tests that script a broker: one partition, everything that does not matter filled in.
import type { Fetch } from "../../src/domain/protocol/Fetch.ts"
import type { ListOffsets } from "../../src/domain/protocol/ListOffsets.ts"
import { NO_TOPIC_ID } from "../../src/domain/Topic.ts"
import type * as Api from "../../src/domain/wire/Api.ts"
import type { Asked } from "./ScriptedBroker.ts"

type Response = Api.Response<typeof Fetch>
type Partition = Response["responses"][number]["partitions"][number]

export const partition = (partitionIndex: number, told: Partial<Partition> = {}): Partition => ({
  partitionIndex,
  errorCode: 0,
  highWatermark: 1000,
  lastStableOffset: 1000,
  logStartOffset: 0,
  divergingEpoch: { epoch: -1, endOffset: -1 },
  currentLeader: { leaderId: -1, leaderEpoch: -1 },
  snapshotId: { endOffset: -1, epoch: -1 },
  abortedTransactions: null,
  preferredReadReplica: -1,
  records: null,
  ...told
})

/** Of the partitions of one topic. */
export const answer = (
  topic: string,
  partitions: ReadonlyArray<Partition>,
  told: Partial<Response> & { readonly topicId?: string } = {}
): Response => ({
  throttleTimeMs: 0,
  errorCode: 0,
  sessionId: 0,
  nodeEndpoints: [],
  ...told,
  responses: [{ topic, topicId: told.topicId ?? NO_TOPIC_ID, partitions }]
})

export const inSession = (
  told: Response | "silence",
  sessionId: number
): Response | "silence" => told === "silence" ? told : { ...told, sessionId }

/** The offset from which a partition was asked for; undefined where it was not named. */
export const offsetAsked = (
  { request }: Asked<typeof Fetch>,
  partitionIndex = 0
): number | undefined =>
  request.topics.flatMap(({ partitions }) => partitions)
    .find((one) => one.partition === partitionIndex)?.fetchOffset

/** Every partition that is asked about begins, and ends, at 0. */
export const listOffsets = (
  { request }: Asked<typeof ListOffsets>,
  offset = 0
): Api.Response<typeof ListOffsets> => ({
  throttleTimeMs: 0,
  topics: request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex }) => ({
      partitionIndex,
      errorCode: 0,
      timestamp: -1,
      offset,
      leaderEpoch: 0
    }))
  }))
})
