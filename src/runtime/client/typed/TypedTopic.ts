// A topic with the types of its keys and values: declared once, used by typed producers and consumers, so
// that a wrong value is a type error and bytes that do not fit are a typed failure.
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Offset } from "../../../domain/Offset.ts"
import { invalidName, type PartitionId, type TopicName } from "../../../domain/Topic.ts"
import * as ClientError from "../ClientError.ts"
import * as Serde from "./Serde.ts"

export interface TypedTopic<K, V, R = never> {
  readonly topic: TopicName
  readonly key: Serde.Serde<K, R>
  readonly value: Serde.Serde<V, R>
}

/** Keys default to none. Throws for a name that no topic can have. */
export const make = <V, RV = never, K = null, RK = never>(topic: TopicName, options: {
  readonly key?: Serde.Serde<K, RK>
  readonly value: Serde.Serde<V, RV>
}): TypedTopic<K, V, RK | RV> => {
  const problem = invalidName(topic)
  if (problem !== undefined) throw ClientError.invalid(problem)
  const key = options.key ?? (Serde.none as unknown as Serde.Serde<K, RK>)
  return { topic, key, value: options.value }
}

/** A record whose bytes do not fit the topic's types. */
export class RecordDecodeError extends Data.TaggedError("RecordDecodeError")<{
  readonly topic: TopicName
  readonly partition: PartitionId
  readonly offset: Offset
  readonly part: "key" | "value"
  readonly detail: string
}> {
  override get message(): string {
    const { detail, offset, part, partition, topic } = this
    return `${topic}-${partition} at offset ${offset}: the ${part} cannot be decoded: ${detail}`
  }
}

/** A value that the topic's types cannot write, though the compiler let it through. */
export class RecordEncodeError extends Data.TaggedError("RecordEncodeError")<{
  readonly topic: TopicName
  readonly part: "key" | "value"
  readonly detail: string
}> {
  override get message(): string {
    return `${this.topic}: the ${this.part} cannot be encoded: ${this.detail}`
  }
}

/** Both serdes of a topic, ready. */
export interface PreparedTopic<K, V> {
  readonly topic: TopicName
  readonly key: Serde.Prepared<K>
  readonly value: Serde.Prepared<V>
}

export const prepare = Effect.fnUntraced(function*<K, V, R>(topic: TypedTopic<K, V, R>) {
  const key = yield* topic.key.prepare({ topic: topic.topic, part: "key" })
  const value = yield* topic.value.prepare({ topic: topic.topic, part: "value" })
  return { topic: topic.topic, key, value } satisfies PreparedTopic<K, V>
})

export const encode = <A>(
  topic: TopicName,
  part: "key" | "value",
  serde: Serde.Prepared<A>,
  value: A
): Result.Result<Uint8Array | null, RecordEncodeError> =>
  Result.mapError(
    serde.encode(value),
    (detail) => new RecordEncodeError({ topic, part, detail })
  )
