// A message at one version as a Schema between bytes and value, for users, tools and tests: it
// composes with every other Schema, and its failures are Schema's. Too dear for each frame of a
// broker, which calls Codec's functions. The one file of domain that names Effect: Schema wants its
// fallible transformations as Effects, and these are values, never run here.
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaTransformation from "effect/SchemaTransformation"
import * as Codec from "./Codec.ts"
import { WireError } from "./WireError.ts"

/** Bytes that hold exactly one such message <-> the message. */
export const of = <S extends Schema.Struct<Schema.Struct.Fields>>(
  schema: S,
  version: number,
  flexible: boolean
): Schema.Codec<S["Type"], Uint8Array> => {
  const codec = Codec.of(schema, version, flexible)
  const type: Schema.Codec<S["Type"]> = Schema.toType(schema)
  return Schema.Uint8Array.pipe(Schema.decodeTo(
    type,
    SchemaTransformation.transformEffect<S["Type"], Uint8Array>({
      decode: (bytes) => attempt(() => Codec.decodeBytes(codec, bytes)),
      encode: (value) => attempt((): Uint8Array => Codec.encodeBytes(codec, value))
    })
  ))
}

const attempt = <A>(run: () => A): Effect.Effect<A, SchemaIssue.Issue> =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(run())
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      return Effect.fail(new SchemaIssue.InvalidValue({ message: error.message }))
    }
  })
