// How a value of a program becomes the bytes of a key or a value, and back. A serde is made ready once for
// a topic, where it may ask others (a schema registry); after that it works synchronously, record by record,
// and says in a sentence what does not fit.
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import type { TopicName } from "../../../domain/Topic.ts"

/** Where the bytes stand. */
export interface Place {
  readonly topic: TopicName
  readonly part: "key" | "value"
}

/** Null is "no bytes": no key, or a tombstone. A failure is a sentence. */
export interface Prepared<A> {
  readonly encode: (value: A) => Result.Result<Uint8Array | null, string>
  readonly decode: (bytes: Buffer | null) => Result.Result<A, string>
  /** What must be asked before these bytes can be decoded; undefined where nothing is missing. */
  readonly missing?: (bytes: Buffer) => Effect.Effect<void, SerdeError> | undefined
}

/** `R`: what making it ready needs, a schema registry for example. */
export interface Serde<A, R = never> {
  readonly prepare: (place: Place) => Effect.Effect<Prepared<A>, SerdeError, R>
}

/** A serde cannot be made ready: the schema registry is not there, or does not want the schema. */
export class SerdeError extends Data.TaggedError("SerdeError")<{
  readonly topic: TopicName
  readonly part: "key" | "value"
  readonly detail: string
}> {
  override get message(): string {
    return `the ${this.part} of ${this.topic}: ${this.detail}`
  }
}

const ready = <A>(prepared: Prepared<A>): Serde<A> => ({ prepare: () => Effect.succeed(prepared) })

const NO_BYTES = Result.fail("there are no bytes, and the type has no null (see Serde.nullable)")

/** The bytes as they are; a view when read. */
export const bytes: Serde<Uint8Array> = ready<Uint8Array>({
  encode: Result.succeed,
  decode: (bytes) => bytes === null ? NO_BYTES : Result.succeed(bytes)
})

/** UTF-8. */
export const string: Serde<string> = ready<string>({
  encode: (value) => Result.succeed(Buffer.from(value, "utf8")),
  decode: (bytes) => bytes === null ? NO_BYTES : Result.succeed(bytes.toString("utf8"))
})

/** Nothing is written, and whatever is there is passed over: for topics without keys. */
export const none: Serde<null> = ready<null>({
  encode: () => Result.succeed(null),
  decode: () => Result.succeed(null)
})

/** JSON text of what the schema makes of the value. */
export const json = <S extends JsonSchema>(schema: S): Serde<S["Type"]> => ready(jsonText(schema))

/** A schema that needs nothing to read and write. */
export type JsonSchema = Schema.Codec<unknown, unknown>

/** The JSON codec that other serdes put into an envelope. */
export const jsonText = <S extends JsonSchema>(schema: S): Prepared<S["Type"]> => {
  const codec = Schema.fromJsonString(Schema.toCodecJson(schema))
  const encode = Schema.encodeUnknownResult(codec)
  const decode = Schema.decodeUnknownResult(codec)
  return {
    encode: (value) =>
      Result.mapBoth(encode(value), {
        onSuccess: (text) => Buffer.from(text, "utf8"),
        onFailure: ({ issue }) => sentence(issue)
      }),
    decode: (bytes) =>
      bytes === null
        ? NO_BYTES
        : Result.mapError(decode(bytes.toString("utf8")), ({ issue }) => sentence(issue))
  }
}

/** Null beside the values of another serde: a tombstone, or a record without a key. */
export const nullable = <A, R>(serde: Serde<A, R>): Serde<A | null, R> => ({
  prepare: (place) =>
    Effect.map(serde.prepare(place), (prepared) => ({
      ...prepared,
      encode: (value) => value === null ? Result.succeed(null) : prepared.encode(value),
      decode: (bytes) => bytes === null ? Result.succeed(null) : prepared.decode(bytes)
    }))
})

const format = SchemaIssue.makeFormatterDefault()

/** What does not fit, on one line. */
const sentence = (issue: SchemaIssue.Issue): string => format(issue).replaceAll(/\s*\n\s*/g, ", ")
