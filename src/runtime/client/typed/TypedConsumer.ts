// Reads records of a typed topic: bytes go through the topic's serdes as they pass, and what does not decode
// goes where the program says: it fails the stream, is left out, or is sent to a topic of its own.
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { LeaderEpoch, Offset, Timestamp } from "../../../domain/Offset.ts"
import type { PartitionId, TopicName } from "../../../domain/Topic.ts"
import * as ClientError from "../ClientError.ts"
import { Consumer } from "../Consumer.ts"
import type { ConsumerRecord, Header } from "../consumer/ConsumerRecord.ts"
import { Producer } from "../Producer.ts"
import type { RecordHeader } from "../producer/ProducerRecord.ts"
import type { Prepared, SerdeError } from "./Serde.ts"
import * as TypedTopic from "./TypedTopic.ts"

/** A record with its key and value decoded; the rest is the record's. It can be acknowledged as it is. */
export class TypedConsumerRecord<K, V> {
  readonly key: K
  readonly value: V
  /** As it was read. */
  readonly record: ConsumerRecord

  constructor(record: ConsumerRecord, key: K, value: V) {
    this.record = record
    this.key = key
    this.value = value
  }

  get topic(): TopicName {
    return this.record.topic
  }

  get partition(): PartitionId {
    return this.record.partition
  }

  get offset(): Offset {
    return this.record.offset
  }

  get leaderEpoch(): LeaderEpoch {
    return this.record.leaderEpoch
  }

  get timestampMs(): Timestamp {
    return this.record.timestampMs
  }

  get headers(): ReadonlyArray<Header> {
    return this.record.headers
  }
}

/** What becomes of a record that does not decode; where it ends well, the stream goes on without it. */
export type OnInvalid<E = never, R = never> = (
  error: TypedTopic.RecordDecodeError,
  record: ConsumerRecord
) => Effect.Effect<unknown, E, R>

/** Ends the stream with the error: the default. */
export const fail: OnInvalid<TypedTopic.RecordDecodeError> = (error) => Effect.fail(error)

/** Leaves the record out, and says so in the log. */
export const skip: OnInvalid = (error) => Effect.logWarning(`left out: ${error.message}`)

/**
 * Sends the record as it is to another topic, and goes on when it is written. Headers are added
 * that say where it comes from and what is wrong: `dead-letter-topic`, `-partition`, `-offset`,
 * `-reason`.
 */
export const deadLetter =
  (topic: TopicName): OnInvalid<ClientError.ClientError, Producer> => (error, record) =>
    Producer.use((producer) =>
      producer.send({
        topic,
        key: record.key,
        value: record.value,
        timestampMs: record.timestampMs,
        headers: [
          ...record.headers.map(({ key, value }): RecordHeader => [key, value]),
          ["dead-letter-topic", Buffer.from(record.topic)],
          ["dead-letter-partition", Buffer.from(String(record.partition))],
          ["dead-letter-offset", Buffer.from(String(record.offset))],
          ["dead-letter-reason", Buffer.from(`${error.part}: ${error.detail}`)]
        ]
      })
    )

export interface TypedConsumerOptions<E, R> {
  readonly onInvalid?: OnInvalid<E, R> | undefined
}

type Decoded<K, V, E, R> = Stream.Stream<
  TypedConsumerRecord<K, V>,
  E | ClientError.ClientError | SerdeError,
  R
>

/** The records of the Consumer of the layer, which reads this topic only. */
export const records = <K, V, R = never, E2 = TypedTopic.RecordDecodeError, R2 = never>(
  typed: TypedTopic.TypedTopic<K, V, R>,
  options?: TypedConsumerOptions<E2, R2>
): Decoded<K, V, E2, R | R2 | Consumer> =>
  Stream.unwrap(Effect.map(Consumer, (consumer) => decode(typed, options)(consumer.records)))

/** The same as a step of any stream of records. One of another topic is a mistake of the program. */
export const decode = <K, V, R = never, E2 = TypedTopic.RecordDecodeError, R2 = never>(
  typed: TypedTopic.TypedTopic<K, V, R>,
  options: TypedConsumerOptions<E2, R2> = {}
) =>
<E, R1>(stream: Stream.Stream<ConsumerRecord, E, R1>): Decoded<K, V, E | E2, R | R1 | R2> =>
  Stream.unwrap(
    Effect.map(TypedTopic.prepare(typed), (topic) => {
      const onInvalid = options.onInvalid ?? (fail as unknown as OnInvalid<E2, R2>)
      return Stream.chunks(stream).pipe(
        Stream.mapEffect((chunk) => decodeChunk(topic, chunk, onInvalid)),
        Stream.flatMap(({ decoded, failure }) =>
          failure === undefined
            ? Stream.fromArray(decoded)
            : Stream.concat(Stream.fromArray(decoded), Stream.failCause(failure))
        )
      )
    })
  )

/** What came before a failure is handed out before it. */
interface DecodedChunk<K, V, E> {
  readonly decoded: ReadonlyArray<TypedConsumerRecord<K, V>>
  readonly failure: Cause.Cause<E> | undefined
}

/** One Effect for a chunk; more only for what is missing, and for records that do not decode. */
const decodeChunk = <K, V, E, R>(
  topic: TypedTopic.PreparedTopic<K, V>,
  chunk: ReadonlyArray<ConsumerRecord>,
  onInvalid: OnInvalid<E, R>
): Effect.Effect<DecodedChunk<K, V, E | ClientError.ClientError | SerdeError>, never, R> =>
  Effect.suspend(() => {
    const decoded: Array<TypedConsumerRecord<K, V>> = []
    const each = Effect.gen(function*() {
      for (const record of chunk) {
        if (record.topic !== topic.topic) return yield* foreign(record, topic.topic)
        const missing = missingOf(topic.key, record.key) ?? missingOf(topic.value, record.value)
        if (missing !== undefined) yield* missing
        const result = decodeRecord(topic, record)
        if (Result.isSuccess(result)) decoded.push(result.success)
        else yield* onInvalid(result.failure, record)
      }
      return undefined
    })
    return Effect.matchCauseEager(each, {
      onSuccess: () => ({ decoded, failure: undefined }),
      onFailure: (failure) => ({ decoded, failure })
    })
  })

const foreign = (record: ConsumerRecord, topic: TopicName): ClientError.ClientError =>
  ClientError.invalid(`a record of ${record.topic} came, but ${topic} is what is decoded`)

const missingOf = <A>(
  serde: Prepared<A>,
  bytes: Buffer | null
): Effect.Effect<void, SerdeError> | undefined =>
  bytes === null ? undefined : serde.missing?.(bytes)

const decodeRecord = <K, V>(
  topic: TypedTopic.PreparedTopic<K, V>,
  record: ConsumerRecord
): Result.Result<TypedConsumerRecord<K, V>, TypedTopic.RecordDecodeError> => {
  const key = topic.key.decode(record.key)
  if (Result.isFailure(key)) return Result.fail(undecodable(record, "key", key.failure))
  const value = topic.value.decode(record.value)
  if (Result.isFailure(value)) return Result.fail(undecodable(record, "value", value.failure))
  return Result.succeed(new TypedConsumerRecord(record, key.success, value.success))
}

const undecodable = (
  { offset, partition, topic }: ConsumerRecord,
  part: "key" | "value",
  detail: string
): TypedTopic.RecordDecodeError =>
  new TypedTopic.RecordDecodeError({ topic, partition, offset, part, detail })
