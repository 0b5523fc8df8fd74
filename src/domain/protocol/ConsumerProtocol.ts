// What consumers tell each other through JoinGroup and SyncGroup: which topics a member wants and what it
// owns (Subscription), and what it is given (Assignment). The bytes begin with an int16 version. Later
// versions only add fields at the end, so that a version unknown here is read as the last known one, and
// what follows is passed over.
// Source: Kafka's ConsumerProtocolSubscription and ConsumerProtocolAssignment, versions 0-3.
import type * as Schema from "effect/Schema"
import * as Codec from "../wire/Codec.ts"
import { Reader } from "../wire/Reader.ts"
import * as Wire from "../wire/Wire.ts"
import { WireError } from "../wire/WireError.ts"
import { Writer } from "../wire/Writer.ts"

const VERSION_MAX = 3

const TopicPartition = Wire.Struct({ topic: Wire.String, partitions: Wire.ArrayOf(Wire.Int32) })

const subscription = Wire.Struct({
  topics: Wire.ArrayOf(Wire.String),
  userData: Wire.NullableBytes,
  ownedPartitions: Wire.ArrayOf(TopicPartition).pipe(Wire.since(1, [])),
  generationId: Wire.Int32.pipe(Wire.since(2, -1)),
  rackId: Wire.NullableString.pipe(Wire.since(3, null))
})

const assignment = Wire.Struct({
  assignedPartitions: Wire.ArrayOf(TopicPartition),
  userData: Wire.NullableBytes
})

export type Subscription = typeof subscription["Type"]
export type Assignment = typeof assignment["Type"]

const readerOf = (bytes: Uint8Array): Reader =>
  new Reader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))

const decode = <S extends Schema.Top>(schema: S, bytes: Uint8Array): S["Type"] | undefined => {
  try {
    const reader = readerOf(bytes)
    const version = reader.int16()
    if (version < 0) return undefined
    return Codec.of(schema, Math.min(version, VERSION_MAX), false).decode(reader)
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}

const encode = <S extends Schema.Top>(schema: S, version: number, value: S["Type"]): Buffer => {
  const known = Math.max(0, Math.min(version, VERSION_MAX))
  const writer = new Writer()
  writer.int16(known)
  Codec.of(schema, known, false).encode(writer, value)
  return Buffer.concat(writer.take())
}

/** Undefined for bytes that are none. */
export const decodeSubscription = (bytes: Uint8Array): Subscription | undefined =>
  decode(subscription, bytes)

export const encodeSubscription = (version: number, value: Subscription): Buffer =>
  encode(subscription, version, value)

/** Undefined for bytes that are none. */
export const decodeAssignment = (bytes: Uint8Array): Assignment | undefined =>
  decode(assignment, bytes)

export const encodeAssignment = (version: number, value: Assignment): Buffer =>
  encode(assignment, version, value)

/** Of the member that sent the bytes: it understands answers of that version. */
export const versionOf = (bytes: Uint8Array): number =>
  bytes.length < 2 ? 0 : readerOf(bytes).int16()
