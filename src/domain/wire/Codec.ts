// A message's schema at one version, made into plain functions once and kept for the life of the
// process. SchemaCodec.ts offers the same as a Schema between bytes and message.
import type * as Schema from "effect/Schema"
import * as Closures from "./Closures.ts"
import * as Emit from "./Emit.ts"
import * as Layout from "./Layout.ts"
import { Reader } from "./Reader.ts"
import { malformed } from "./WireError.ts"
import { Writer } from "./Writer.ts"

export interface Codec<A> {
  readonly layout: Layout.StructLayout
  /** Throws WireError on bytes that are not such a message. Views into the buffer are given out. */
  readonly decode: (reader: Reader) => A
  /** Throws WireError on a value that this version cannot carry. */
  readonly encode: (writer: Writer, value: A) => void
}

const emits = Emit.isAllowed()
const cache = new WeakMap<object, Map<number, Codec<unknown>>>()

/** The codec of `schema` at `version`, in flexible form (KIP-482) or not. */
export const of = <S extends Schema.Top>(
  schema: S,
  version: number,
  flexible: boolean
): Codec<S["Type"]> => {
  let versions = cache.get(schema)
  if (versions === undefined) {
    versions = new Map()
    cache.set(schema, versions)
  }
  const key = version * 2 + (flexible ? 1 : 0)
  let codec = versions.get(key)
  if (codec === undefined) {
    codec = make(schema, version, flexible)
    versions.set(key, codec)
  }
  return codec
}

const make = (schema: Schema.Top, version: number, flexible: boolean): Codec<unknown> => {
  const layout = Layout.of(schema, version)
  const { decode, encode } = (emits ? Emit : Closures).functions(layout, flexible)
  return { layout, decode, encode } as Codec<unknown>
}

/** One message from bytes that hold nothing else. Throws WireError. */
export const decodeBytes = <A>(codec: Codec<A>, bytes: Uint8Array): A => {
  const reader = new Reader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  const value = codec.decode(reader)
  if (reader.remaining > 0) malformed(`${reader.remaining} bytes are left after the message`)
  return value
}

/** One message as bytes of their own. Throws WireError. */
export const encodeBytes = <A>(codec: Codec<A>, value: A): Buffer => {
  const writer = new Writer()
  codec.encode(writer, value)
  return Buffer.concat(writer.take())
}
