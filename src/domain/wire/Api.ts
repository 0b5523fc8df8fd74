// One API of the protocol, declared once: its key, versions, and the schemas of request and
// response. Types, codecs, arbitraries, the ApiVersions answer and PROTOCOL.md come from this value.
import * as Schema from "effect/Schema"
import * as Codec from "./Codec.ts"
import * as VersionRange from "./VersionRange.ts"

type Fields = Schema.Struct.Fields

export interface Api<Req extends Fields = Fields, Res extends Fields = Fields> {
  readonly name: string
  /** The int16 that names the API in a request header. */
  readonly key: number
  /** What we can speak; a handler says which of these the broker serves. */
  readonly versions: VersionRange.VersionRange
  /** Versions with compact lengths and tagged fields, and header v2 (request) and v1 (response). */
  readonly flexible: VersionRange.VersionRange
  readonly request: Schema.Struct<Req>
  readonly response: Schema.Struct<Res>
}

export type Request<A> = A extends Api<infer Req, infer _> ? Schema.Struct<Req>["Type"] : never
export type Response<A> = A extends Api<infer _, infer Res> ? Schema.Struct<Res>["Type"] : never

/** Ranges are written as Kafka writes them: "0-4", "3+", "none". */
export const make = <const Req extends Fields, const Res extends Fields>(name: string, options: {
  readonly key: number
  readonly versions: string
  readonly flexible: string
  readonly request: Req
  readonly response: Res
}): Api<Req, Res> => ({
  name,
  key: options.key,
  versions: VersionRange.parse(options.versions),
  flexible: VersionRange.parse(options.flexible),
  request: Schema.Struct(options.request),
  response: Schema.Struct(options.response)
})

export const isFlexible = (api: Api, version: number): boolean =>
  VersionRange.contains(api.flexible, version)

export const requestCodec = <Req extends Fields, Res extends Fields>(
  api: Api<Req, Res>,
  version: number
): Codec.Codec<Schema.Struct<Req>["Type"]> =>
  Codec.of(api.request, version, VersionRange.contains(api.flexible, version))

export const responseCodec = <Req extends Fields, Res extends Fields>(
  api: Api<Req, Res>,
  version: number
): Codec.Codec<Schema.Struct<Res>["Type"]> =>
  Codec.of(api.response, version, VersionRange.contains(api.flexible, version))

/** 1 (client id), or 2 (tagged fields) when the version is flexible. */
export const requestHeaderVersion = (api: Api, version: number): 1 | 2 =>
  isFlexible(api, version) ? 2 : 1

const API_VERSIONS_KEY = 18

/** 1 (tagged fields) when flexible, else 0; always 0 for ApiVersions, which a client reads before it
 * knows what the broker speaks (KIP-511). */
export const responseHeaderVersion = (api: Api, version: number): 0 | 1 =>
  api.key !== API_VERSIONS_KEY && isFlexible(api, version) ? 1 : 0
