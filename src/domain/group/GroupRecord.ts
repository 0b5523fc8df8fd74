// The records of __consumer_offsets, in Kafka's own format, so that any tool that reads the topic
// finds what it expects. A key begins with an int16 that says what it is: 0 and 1 a committed offset,
// 2 a classic group, from 3 on those of the consumer protocol; a value begins with its version. A null value takes back what the key named.
// Source: Kafka's OffsetCommitKey, OffsetCommitValue, GroupMetadataKey, GroupMetadataValue.
import * as Codec from "../wire/Codec.ts"
import { Reader } from "../wire/Reader.ts"
import * as Wire from "../wire/Wire.ts"
import { malformed } from "../wire/WireError.ts"
import { Writer } from "../wire/Writer.ts"
import * as ConsumerRecords from "./consumer/ConsumerRecords.ts"
import * as Group from "./Group.ts"
import * as Member from "./Member.ts"

const offsetKey = Wire.Struct({ group: Wire.String, topic: Wire.String, partition: Wire.Int32 })
const groupKey = Wire.Struct({ group: Wire.String })

const offsetValue = Wire.Struct({
  offset: Wire.Int64,
  leaderEpoch: Wire.Int32.pipe(Wire.since(3, -1)),
  metadata: Wire.String,
  commitTimestamp: Wire.Int64,
  expireTimestamp: Wire.Int64.pipe(Wire.versions("1", -1))
})

const groupValue = Wire.Struct({
  protocolType: Wire.String,
  generation: Wire.Int32,
  protocol: Wire.NullableString,
  leader: Wire.NullableString,
  currentStateTimestamp: Wire.Int64.pipe(Wire.since(2, -1)),
  members: Wire.ArrayOf(Wire.Struct({
    memberId: Wire.String,
    groupInstanceId: Wire.NullableString.pipe(Wire.since(3, null)),
    clientId: Wire.String,
    clientHost: Wire.String,
    rebalanceTimeout: Wire.Int32.pipe(Wire.since(1, -1)),
    sessionTimeout: Wire.Int32,
    subscription: Wire.Bytes,
    assignment: Wire.Bytes
  }))
})

const OFFSET_KEY = 1
const GROUP_KEY = 2
/** Written by us; all that Kafka ever wrote are read. */
const VALUE_VERSION = 3
const EXPIRING_OFFSET_VERSION = 1
const FLEXIBLE_FROM = 4
const VERSION_MAX = 4

export interface CommittedOffset {
  readonly offset: number
  /** Of the last record read; -1 when unknown. */
  readonly leaderEpoch: number
  readonly metadata: string
  readonly commitTimestampMs: number
  /** -1: by the broker's offsets.retention.minutes. */
  readonly expireTimestampMs: number
}

export interface StoredRecord {
  readonly key: Buffer
  readonly value: Buffer | null
}

export type GroupRecord =
  | {
    readonly _tag: "Offset"
    readonly groupId: string
    readonly topic: string
    readonly partition: number
    readonly committed: CommittedOffset | null
  }
  | { readonly _tag: "Group"; readonly groupId: string; readonly group: Group.Group | null }
  | ({ readonly _tag: "Consumer" } & ConsumerRecords.ConsumerRecord)
  /** Of a newer Kafka, or of other protocols: kept in the log, and not ours to read. */
  | { readonly _tag: "Other"; readonly keyVersion: number }

const writer = new Writer()

const encode = <A>(version: number, codec: Codec.Codec<A>, value: A): Buffer => {
  writer.int16(version)
  codec.encode(writer, value)
  return Buffer.concat(writer.take())
}

export const offset = (
  groupId: string,
  topic: string,
  partition: number,
  committed: CommittedOffset | null
): StoredRecord => ({
  key: encode(OFFSET_KEY, Codec.of(offsetKey, OFFSET_KEY, false), {
    group: groupId,
    topic,
    partition
  }),
  value: committed === null ? null : offsetBytes(committed)
})

const offsetBytes = (committed: CommittedOffset): Buffer => {
  const version = committed.expireTimestampMs < 0 ? VALUE_VERSION : EXPIRING_OFFSET_VERSION
  return encode(version, Codec.of(offsetValue, version, false), {
    offset: committed.offset,
    leaderEpoch: committed.leaderEpoch,
    metadata: committed.metadata,
    commitTimestamp: committed.commitTimestampMs,
    expireTimestamp: committed.expireTimestampMs
  })
}

export const group = (groupId: string, value: Group.Group | null): StoredRecord => ({
  key: encode(GROUP_KEY, Codec.of(groupKey, GROUP_KEY, false), { group: groupId }),
  value: value === null ? null : encode(
    VALUE_VERSION,
    Codec.of(groupValue, VALUE_VERSION, false),
    {
      protocolType: value.protocolType ?? "",
      generation: value.generationId,
      protocol: value.protocolName,
      leader: value.leaderId,
      currentStateTimestamp: value.stateTimestampMs,
      members: [...value.members.values()].map((member) => ({
        memberId: member.memberId,
        groupInstanceId: member.groupInstanceId,
        clientId: member.clientId,
        clientHost: member.clientHost,
        rebalanceTimeout: member.rebalanceTimeoutMs,
        sessionTimeout: member.sessionTimeoutMs,
        subscription: Member.metadataOf(member, value.protocolName),
        assignment: member.assignment
      }))
    }
  )
})

/** Throws WireError on bytes that are no such record. Views of the bytes are copied. */
export const decode = (key: Uint8Array, value: Uint8Array | null): GroupRecord => {
  const reader = readerOf(key)
  const keyVersion = reader.int16()
  switch (keyVersion) {
    case 0:
    case OFFSET_KEY: {
      const { group, partition, topic } = Codec.of(offsetKey, keyVersion, false).decode(reader)
      const committed = value === null ? null : offsetOf(value)
      return { _tag: "Offset", groupId: group, topic, partition, committed }
    }
    case GROUP_KEY: {
      const groupId = Codec.of(groupKey, GROUP_KEY, false).decode(reader).group
      return { _tag: "Group", groupId, group: value === null ? null : groupOf(groupId, value) }
    }
    default: {
      const record = ConsumerRecords.decode(
        keyVersion,
        reader,
        value === null ? null : readerOf(value)
      )
      return record === undefined
        ? { _tag: "Other", keyVersion }
        : { _tag: "Consumer", ...record }
    }
  }
}

const readerOf = (bytes: Uint8Array): Reader =>
  new Reader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))

const versionOf = (reader: Reader, what: string): number => {
  const version = reader.int16()
  if (version < 0 || version > VERSION_MAX) {
    malformed(`${what} of version ${version}, ${VERSION_MAX} is the last that is known`)
  }
  return version
}

const offsetOf = (value: Uint8Array): CommittedOffset => {
  const reader = readerOf(value)
  const version = versionOf(reader, "a committed offset")
  const decoded = Codec.of(offsetValue, version, version >= FLEXIBLE_FROM).decode(reader)
  return {
    offset: decoded.offset,
    leaderEpoch: decoded.leaderEpoch,
    metadata: decoded.metadata,
    commitTimestampMs: decoded.commitTimestamp,
    expireTimestampMs: decoded.expireTimestamp
  }
}

/** A group with members was stable when it was written: nothing is written while it rebalances. */
const groupOf = (groupId: string, value: Uint8Array): Group.Group => {
  const reader = readerOf(value)
  const version = versionOf(reader, "a group")
  const decoded = Codec.of(groupValue, version, version >= FLEXIBLE_FROM).decode(reader)
  const members = decoded.members.map((member): [string, Member.Member] => [member.memberId, {
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    rebalanceTimeoutMs: member.rebalanceTimeout < 0
      ? member.sessionTimeout
      : member.rebalanceTimeout,
    sessionTimeoutMs: member.sessionTimeout,
    protocols: [{ name: decoded.protocol ?? "", metadata: Buffer.from(member.subscription) }],
    assignment: Buffer.from(member.assignment),
    isNew: false,
    joinRequest: null,
    syncRequest: null
  }])
  return {
    ...Group.empty(groupId, Math.max(0, decoded.currentStateTimestamp)),
    state: members.length === 0 ? "Empty" : "Stable",
    generationId: decoded.generation,
    protocolType: decoded.protocolType === "" ? null : decoded.protocolType,
    protocolName: decoded.protocol,
    leaderId: decoded.leader,
    members: new Map(members),
    staticMembers: new Map(
      members.flatMap(([memberId, { groupInstanceId }]) =>
        groupInstanceId === null ? [] : [[groupInstanceId, memberId] as const]
      )
    )
  }
}
