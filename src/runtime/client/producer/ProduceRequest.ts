// Batches as one request of Produce, and which part of its answer belongs to which of them.
import { Produce } from "../../../domain/protocol/Produce.ts"
import * as CompressionType from "../../../domain/record/CompressionType.ts"
import type * as Api from "../../../domain/wire/Api.ts"
import type { BrokerConnection } from "../cluster/BrokerConnection.ts"
import type { ProducerBatch } from "./ProducerBatch.ts"
import type { ProducerSettings } from "./ProducerOptions.ts"

type Request = Api.Request<typeof Produce>
type Response = Api.Response<typeof Produce>
type TopicData = Request["topicData"][number]
export type PartitionAnswer = Response["responses"][number]["partitionResponses"][number]

/** The first version that carries zstd (KIP-110). */
const ZSTD_VERSION_MIN = 7

/** Undefined where the broker takes no batches of the codec. */
export const versionFor = (
  connection: BrokerConnection,
  type: CompressionType.CompressionType
): number | undefined => {
  const version = connection.versionOf(Produce)
  if (version === undefined || type !== CompressionType.ZSTD) return version
  return version >= ZSTD_VERSION_MIN ? version : undefined
}

/** The batches are sealed, one of a partition. */
export const body = (
  batches: ReadonlyArray<ProducerBatch>,
  acks: ProducerSettings["acks"],
  timeoutMs: number
): Request => {
  const topicData: Array<TopicData> = []
  for (const { bytes, queue } of batches) {
    const part = { index: queue.partition, records: bytes! }
    const known = topicData.find(({ name }) => name === queue.topic)
    if (known === undefined) topicData.push({ name: queue.topic, partitionData: [part] })
    else (known.partitionData as Array<typeof part>).push(part)
  }
  return { transactionalId: null, acks: acks === "all" ? -1 : acks, timeoutMs, topicData }
}

/** Undefined for a batch that the answer does not tell of. */
export const answersOf = (
  batches: ReadonlyArray<ProducerBatch>,
  { responses }: Response
): ReadonlyArray<PartitionAnswer | undefined> =>
  batches.map(({ queue }) => {
    for (const { name, partitionResponses } of responses) {
      if (name !== queue.topic) continue
      const found = partitionResponses.find(({ index }) => index === queue.partition)
      if (found !== undefined) return found
    }
    return undefined
  })
