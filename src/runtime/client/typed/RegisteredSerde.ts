// The wire format of Confluent's serializers: a zero byte, the schema's number as int32, then the payload.
// What is written is registered before the first record; what is read names a schema that must be known to
// the registry, which is asked once for each number.
// Source: Confluent's wire format, "magic byte 0".
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { type RegisteredSchema, SchemaRegistry } from "./SchemaRegistry.ts"
import * as Serde from "./Serde.ts"

const MAGIC = 0
const ENVELOPE_BYTES = 5

export interface RegisteredOptions {
  /** The name under which the schema is registered. Default: the topic's, then "-key" or "-value". */
  readonly subject?: ((place: Serde.Place) => string) | undefined
}

/** A payload of any kind. `accepts` says whether it can read what was written with another schema. */
export interface Payload<A> {
  readonly schema: RegisteredSchema
  readonly prepared: Serde.Prepared<A>
  readonly accepts: (writer: RegisteredSchema) => boolean
}

/** JSON with a JSON Schema made of the Effect schema, as Confluent's JSON serializer writes it. */
export const json = <S extends Serde.JsonSchema>(
  schema: S,
  options?: RegisteredOptions
): Serde.Serde<S["Type"], SchemaRegistry> => {
  const { definitions, schema: root } = Schema.toJsonSchemaDocument(schema)
  const document = Object.keys(definitions).length === 0 ? root : { ...root, $defs: definitions }
  return make({
    schema: { schemaType: "JSON", schema: JSON.stringify(document) },
    prepared: Serde.jsonText(schema),
    accepts: ({ schemaType }) => schemaType === "JSON"
  }, options)
}

/** Avro, Protobuf and others, by a codec of your own. */
export const make = <A>(
  payload: Payload<A>,
  options: RegisteredOptions = {}
): Serde.Serde<A, SchemaRegistry> => ({
  prepare: Effect.fnUntraced(function*(place) {
    const registry = yield* SchemaRegistry
    const subject = options.subject?.(place) ?? `${place.topic}-${place.part}`
    const failed = (error: { readonly message: string }) =>
      new Serde.SerdeError({ ...place, detail: error.message })
    const id = yield* Effect.mapError(registry.register(subject, payload.schema), failed)
    const writers = new Map([[id, payload.schema]])
    return {
      encode: (value) =>
        Result.map(payload.prepared.encode(value), (bytes) => enveloped(id, bytes)),
      decode: (bytes) => decode(payload, writers, bytes),
      missing: (bytes) => {
        const writer = idOf(bytes)
        if (writer === undefined || writers.has(writer)) return undefined
        return registry.schemaOf(writer).pipe(
          Effect.map((schema) => {
            writers.set(writer, schema)
          }),
          // A number that nobody knows is the record's fault, and told when it is decoded.
          Effect.catchIf((error) => error.isFinal, () => Effect.void),
          Effect.mapError(failed)
        )
      }
    }
  })
})

const enveloped = (id: number, payload: Uint8Array | null): Uint8Array | null => {
  if (payload === null) return null
  const bytes = Buffer.allocUnsafe(ENVELOPE_BYTES + payload.length)
  bytes[0] = MAGIC
  bytes.writeInt32BE(id, 1)
  bytes.set(payload, ENVELOPE_BYTES)
  return bytes
}

/** Undefined for bytes without the envelope. */
const idOf = (bytes: Buffer): number | undefined =>
  bytes.length >= ENVELOPE_BYTES && bytes[0] === MAGIC ? bytes.readInt32BE(1) : undefined

const decode = <A>(
  { accepts, prepared, schema }: Payload<A>,
  writers: ReadonlyMap<number, RegisteredSchema>,
  bytes: Buffer | null
): Result.Result<A, string> => {
  if (bytes === null) return prepared.decode(null)
  const id = idOf(bytes)
  if (id === undefined) return Result.fail("the bytes do not begin with a schema's number")
  const writer = writers.get(id)
  if (writer === undefined) return Result.fail(`the registry has no schema ${id}`)
  if (!accepts(writer)) {
    return Result.fail(
      `it was written with the ${writer.schemaType} schema ${id}, expected is ${schema.schemaType}`
    )
  }
  return prepared.decode(bytes.subarray(ENVELOPE_BYTES))
}
