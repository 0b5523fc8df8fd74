// Where a bench sends: a topic that is there, or one that is made for the run and deleted when it ends,
// however it ends. And the producer that fills it, as the flags say.
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { randomBytes } from "node:crypto"
import type * as CompressionType from "../../../domain/record/CompressionType.ts"
import { Admin } from "../../client/Admin.ts"
import * as ProducerModule from "../../client/Producer.ts"
import * as PartitionChoice from "../PartitionChoice.ts"
import * as Quantity from "../Quantity.ts"
import * as Refusal from "../Refusal.ts"
import type * as SampleValues from "./SampleValues.ts"

/** What all benches are told of what they send and where to. */
export interface Sending {
  readonly size: number
  readonly content: SampleValues.Content
  readonly topic: Option.Option<string>
  readonly partitions: number
  readonly keep: boolean
  readonly acks: "0" | "1" | "all"
  readonly compression: CompressionType.Name
  readonly compressionLevel: Option.Option<number>
  readonly batchBytes: number
}

/** A name for a run that no other has. */
export const name = (): string => `mymq-bench-${randomBytes(6).toString("hex")}`

/** The topic's name and partitions. */
export const use = Effect.fnUntraced(function*(given: Sending) {
  const admin = yield* Admin
  const topic = Option.getOrUndefined(given.topic) ?? (yield* made(admin, given))
  return { topic, partitions: yield* PartitionChoice.of(topic, []) }
})

const made = (admin: Admin["Service"], { keep, partitions }: Sending) => {
  const topic = name()
  return Effect.acquireRelease(
    Admin.orFail(admin.createTopics([{ topic, partitions }])).pipe(
      Refusal.named("topic", topic),
      Effect.as(topic)
    ),
    () =>
      keep
        ? Effect.void
        : Admin.orFail(admin.deleteTopics([topic])).pipe(
          Effect.catch((error) => Effect.logWarning(`"${topic}" is left: ${error.message}`))
        )
  )
}

export const producer = (given: Sending, lingerMs: number) =>
  ProducerModule.make({
    acks: given.acks === "all" ? "all" : given.acks === "1" ? 1 : 0,
    compression: given.compression,
    compressionLevel: Option.getOrUndefined(given.compressionLevel),
    batchBytesMax: given.batchBytes,
    lingerMs,
    autoCreateTopics: false
  })

/** As a run is told of in text. */
export const described = (given: Sending, topic: string, partitions: number): string => {
  const where = `${Quantity.count(partitions, "partition")} of "${topic}"`
  return Option.isNone(given.topic) && given.keep ? `${where}, which is kept` : where
}
