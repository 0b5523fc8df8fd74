// A log as a scripted broker keeps it: what Produce brings, and answers to it that a test can bend.
import type * as Effect from "effect/Effect"
import { ErrorCode } from "../../src/domain/ErrorCode.ts"
import { InitProducerId } from "../../src/domain/protocol/InitProducerId.ts"
import { Produce } from "../../src/domain/protocol/Produce.ts"
import * as Record from "../../src/domain/record/Record.ts"
import * as RecordBatch from "../../src/domain/record/RecordBatch.ts"
import type * as Api from "../../src/domain/wire/Api.ts"
import type { Asked, Reply, ScriptedBroker } from "./ScriptedBroker.ts"

export interface Sent {
  readonly nodeId: number
  readonly topic: string
  readonly partition: number
  readonly producerId: number
  readonly epoch: number
  readonly sequence: number
  readonly values: ReadonlyArray<string>
}

type PartitionAnswer = Api.Response<
  typeof Produce
>["responses"][number]["partitionResponses"][number]

/** What a test answers to one batch instead of taking it; undefined takes it. */
export type Bend = (
  batch: Sent,
  count: number
) => Partial<PartitionAnswer> | "silence" | "cut" | undefined

const PLAIN: Omit<PartitionAnswer, "index"> = {
  errorCode: ErrorCode.NONE,
  baseOffset: -1,
  logAppendTimeMs: -1,
  logStartOffset: 0,
  recordErrors: [],
  errorMessage: null,
  currentLeader: { leaderId: -1, leaderEpoch: -1 }
}

/** An answer that tells of this batch only. */
export const answerOf = (
  { partition, topic }: Sent,
  part: Partial<PartitionAnswer>
): Api.Response<typeof Produce> => ({
  responses: [{ name: topic, partitionResponses: [{ ...PLAIN, index: partition, ...part }] }],
  throttleTimeMs: 0,
  nodeEndpoints: []
})

/** An answer that has taken them all. */
export const answersOf = (batches: ReadonlyArray<Sent>): Api.Response<typeof Produce> => ({
  responses: batches.map(({ partition, topic }) => ({
    name: topic,
    partitionResponses: [{ ...PLAIN, index: partition, baseOffset: 0 }]
  })),
  throttleTimeMs: 0,
  nodeEndpoints: []
})

/** The batches of a request, in its order; they are uncompressed. */
export const batchesOf = ({ nodeId, request }: Asked<typeof Produce>): ReadonlyArray<Sent> =>
  request.topicData.flatMap(({ name, partitionData }) =>
    partitionData.map(({ index, records }) => {
      const bytes = records as Buffer
      return {
        nodeId,
        topic: name,
        partition: index,
        producerId: RecordBatch.producerId(bytes, 0),
        epoch: RecordBatch.producerEpoch(bytes, 0),
        sequence: RecordBatch.baseSequence(bytes, 0),
        values: Record.ofBatch(bytes, 0).map(({ value }) => value?.toString() ?? "null")
      }
    })
  )

/** Takes batches and gives offsets; `bend` may answer otherwise. Gives what was taken, and all that came. */
export const takeAll = (broker: ScriptedBroker["Service"], bend: Bend = () => undefined) => {
  const taken: Array<Sent> = []
  const came: Array<Sent> = []
  const ends = new Map<string, number>()
  broker.on(InitProducerId, ({ count }) => ({
    throttleTimeMs: 0,
    errorCode: ErrorCode.NONE,
    producerId: 7 + count,
    producerEpoch: 0
  }))
  broker.on(Produce, (asked): Reply<typeof Produce> | Effect.Effect<Reply<typeof Produce>> => {
    const responses: Array<{ name: string; partitionResponses: Array<PartitionAnswer> }> = []
    for (const batch of batchesOf(asked)) {
      came.push(batch)
      const bent = bend(batch, came.length - 1)
      if (bent === "silence" || bent === "cut") return bent
      const key = `${batch.topic}-${batch.partition}`
      const baseOffset = ends.get(key) ?? 0
      if (bent === undefined) {
        taken.push(batch)
        ends.set(key, baseOffset + batch.values.length)
      }
      const answer = { ...PLAIN, index: batch.partition, ...(bent ?? { baseOffset }) }
      responses.push({ name: batch.topic, partitionResponses: [answer] })
    }
    return { responses, throttleTimeMs: 0, nodeEndpoints: [] }
  })
  return { taken, came, values: () => taken.flatMap(({ values }) => values) }
}
