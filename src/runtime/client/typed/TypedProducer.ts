// Sends records of a typed topic: keys and values go through the topic's serdes, and then the way that all
// records go. A value that cannot be written fails here, before anything is sent.
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { PartitionId } from "../../../domain/Topic.ts"
import type { ClientError } from "../ClientError.ts"
import { Producer } from "../Producer.ts"
import type { ProducerRecord, RecordHeader, RecordMetadata } from "../producer/ProducerRecord.ts"
import type { SerdeError } from "./Serde.ts"
import * as TypedTopic from "./TypedTopic.ts"

/** A key may be left out where the topic's keys can be null. */
type KeyOf<K> = null extends K ? { readonly key?: K | undefined } : { readonly key: K }

export type TypedProducerRecord<K, V> = KeyOf<K> & {
  readonly value: V
  readonly partition?: PartitionId | undefined
  readonly headers?: ReadonlyArray<RecordHeader> | undefined
  readonly timestampMs?: number | undefined
}

type Failure = ClientError | TypedTopic.RecordEncodeError

export interface TypedProducer<K, V> {
  readonly send: (record: TypedProducerRecord<K, V>) => Effect.Effect<RecordMetadata, Failure>
  /** None is sent where one cannot be written. */
  readonly sendAll: (
    records: Iterable<TypedProducerRecord<K, V>>
  ) => Effect.Effect<ReadonlyArray<RecordMetadata>, Failure>
  /** Sends what passes; metadata come out in the order of the records. */
  readonly through: <E, R>(
    records: Stream.Stream<TypedProducerRecord<K, V>, E, R>
  ) => Stream.Stream<RecordMetadata, E | Failure, R>
  /** The bytes of a record, for those who push them themselves. */
  readonly encode: (
    record: TypedProducerRecord<K, V>
  ) => Result.Result<ProducerRecord, TypedTopic.RecordEncodeError>
}

/** Over the Producer of the layer. */
export const make = <K, V, R>(
  typed: TypedTopic.TypedTopic<K, V, R>
): Effect.Effect<TypedProducer<K, V>, SerdeError, Producer | R> =>
  Effect.gen(function*() {
    const producer = yield* Producer
    const { key, topic, value } = yield* TypedTopic.prepare(typed)

    const encode = (
      record: TypedProducerRecord<K, V>
    ): Result.Result<ProducerRecord, TypedTopic.RecordEncodeError> => {
      const keyBytes = TypedTopic.encode(topic, "key", key, (record.key ?? null) as K)
      if (Result.isFailure(keyBytes)) return Result.fail(keyBytes.failure)
      const valueBytes = TypedTopic.encode(topic, "value", value, record.value)
      if (Result.isFailure(valueBytes)) return Result.fail(valueBytes.failure)
      const { headers, partition, timestampMs } = record
      return Result.succeed({
        topic,
        key: keyBytes.success,
        value: valueBytes.success,
        partition,
        headers,
        timestampMs
      })
    }

    const encodeAll = (records: Iterable<TypedProducerRecord<K, V>>) => {
      const encoded: Array<ProducerRecord> = []
      for (const record of records) {
        const one = encode(record)
        if (Result.isFailure(one)) return Effect.fail(one.failure)
        encoded.push(one.success)
      }
      return Effect.succeed(encoded)
    }

    return {
      encode,
      send: (record) => Effect.flatMap(Effect.fromResult(encode(record)), producer.send),
      sendAll: (records) => Effect.flatMap(encodeAll(records), producer.sendAll),
      through: (records) =>
        producer.through(
          Stream.chunks(records).pipe(Stream.mapEffect(encodeAll), Stream.flattenIterable)
        )
    }
  })
