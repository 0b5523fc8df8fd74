// Where schemas are kept by number, so that a record needs to carry the number only. The contract is small:
// register a schema under a subject, read one by its number. In memory for tests; over HTTP in
// SchemaRegistryHttp.ts.
// Source: Confluent's Schema Registry API.
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

export interface RegisteredSchema {
  readonly schemaType: "JSON" | "AVRO" | "PROTOBUF"
  readonly schema: string
}

export class SchemaRegistryError extends Data.TaggedError("SchemaRegistryError")<{
  readonly detail: string
  /** The registry has no such schema, or refuses it: asking again changes nothing. */
  readonly isFinal: boolean
}> {
  override get message(): string {
    return this.detail
  }
}

export class SchemaRegistry extends Context.Service<SchemaRegistry, {
  /** Gives the schema's number; the same one for a schema that is there already. */
  readonly register: (
    subject: string,
    schema: RegisteredSchema
  ) => Effect.Effect<number, SchemaRegistryError>
  readonly schemaOf: (id: number) => Effect.Effect<RegisteredSchema, SchemaRegistryError>
}>()("mymq/runtime/client/typed/SchemaRegistry") {
  /** Forgets everything with its scope. */
  static readonly layerMemory: Layer.Layer<SchemaRegistry> = Layer.sync(SchemaRegistry, () => {
    const schemas: Array<RegisteredSchema> = []
    return SchemaRegistry.of({
      register: (_subject, { schema, schemaType }) =>
        Effect.sync(() => {
          const known = schemas.findIndex((other) =>
            other.schema === schema && other.schemaType === schemaType
          )
          return known >= 0 ? known + 1 : schemas.push({ schema, schemaType })
        }),
      schemaOf: (id) =>
        Effect.suspend(() => {
          const schema = schemas[id - 1]
          return schema === undefined
            ? Effect.fail(
              new SchemaRegistryError({ detail: `there is no schema ${id}`, isFinal: true })
            )
            : Effect.succeed(schema)
        })
    })
  })
}
