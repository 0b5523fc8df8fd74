// A schema registry that is asked over HTTP, as Confluent's and Redpanda's, Karapace and Apicurio answer.
// Source: Confluent's Schema Registry API, /subjects/{subject}/versions and /schemas/ids/{id}.
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import type { HttpClientError } from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import { SchemaRegistry, SchemaRegistryError } from "./SchemaRegistry.ts"

export interface SchemaRegistryOptions {
  /** "http://127.0.0.1:8081" */
  readonly url: string
  readonly username?: string | undefined
  readonly password?: Redacted.Redacted | undefined
}

const Registered = Schema.Struct({ id: Schema.Int })
const Stored = Schema.Struct({
  schema: Schema.String,
  /** Left out for Avro. */
  schemaType: Schema.optionalKey(Schema.Literals(["JSON", "AVRO", "PROTOBUF"]))
})

/** Attempts after the first, for what may pass: a network error, or an answer of 500 and more. */
const RETRIES = 3

export const layer = (
  options: SchemaRegistryOptions
): Layer.Layer<SchemaRegistry, never, HttpClient.HttpClient> =>
  Layer.effect(
    SchemaRegistry,
    Effect.map(HttpClient.HttpClient, (base) => {
      const client = base.pipe(
        HttpClient.mapRequest((request) => {
          const placed = HttpClientRequest.acceptJson(
            HttpClientRequest.prependUrl(request, options.url)
          )
          return options.username === undefined ? placed : HttpClientRequest.basicAuth(
            placed,
            options.username,
            options.password ?? Redacted.make("")
          )
        }),
        HttpClient.filterStatusOk,
        HttpClient.retryTransient({ schedule: Schedule.exponential(100), times: RETRIES })
      )
      return SchemaRegistry.of({
        register: (subject, { schema, schemaType }) =>
          HttpClientRequest.post(`/subjects/${encodeURIComponent(subject)}/versions`).pipe(
            HttpClientRequest.bodyJsonUnsafe({ schema, schemaType }),
            client.execute,
            Effect.flatMap(HttpClientResponse.schemaBodyJson(Registered)),
            Effect.map(({ id }) => id),
            Effect.mapError((error) => failed(`registering ${subject}`, error))
          ),
        schemaOf: (id) =>
          client.get(`/schemas/ids/${id}`).pipe(
            Effect.flatMap(HttpClientResponse.schemaBodyJson(Stored)),
            Effect.map(({ schema, schemaType = "AVRO" }) => ({ schema, schemaType })),
            Effect.mapError((error) => failed(`reading schema ${id}`, error))
          )
      })
    })
  )

const failed = (
  what: string,
  error: HttpClientError | Schema.SchemaError
): SchemaRegistryError => {
  const status = error._tag === "HttpClientError" && error.reason._tag === "StatusCodeError"
    ? error.reason.response.status
    : undefined
  return new SchemaRegistryError({
    detail: `${what}: ${status === undefined ? error.message : `the registry answered ${status}`}`,
    isFinal: status !== undefined && status >= 400 && status < 500
  })
}
