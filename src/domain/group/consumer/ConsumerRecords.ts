// A consumer group in __consumer_offsets: one record for its epoch, one for its target's epoch, and three
// for each member: what it is, what it should own, what it owns. What is written is what differs between
// two values of a group; read back record by record, the group is made again.
// Source: Kafka's ConsumerGroupMetadata (3), ConsumerGroupMemberMetadata (5),
// ConsumerGroupTargetAssignmentMetadata (6), ConsumerGroupTargetAssignmentMember (7),
// ConsumerGroupCurrentMemberAssignment (8).
import type * as Schema from "effect/Schema"
import * as TopicPartitions from "../../TopicPartitions.ts"
import * as Codec from "../../wire/Codec.ts"
import type { Reader } from "../../wire/Reader.ts"
import * as Wire from "../../wire/Wire.ts"
import { Writer } from "../../wire/Writer.ts"
import type { StoredRecord } from "../GroupRecord.ts"
import type { ConsumerGroup } from "./ConsumerGroup.ts"
import { type ConsumerMember, fresh } from "./ConsumerMember.ts"

const groupKey = Wire.Struct({ groupId: Wire.String })
const memberKey = Wire.Struct({ groupId: Wire.String, memberId: Wire.String })
const listed = Wire.ArrayOf(Wire.Struct({
  topicId: Wire.Uuid,
  partitions: Wire.ArrayOf(Wire.Int32)
}))
const epochValue = Wire.Struct({ epoch: Wire.Int32 })
const memberValue = Wire.Struct({
  instanceId: Wire.NullableString,
  rackId: Wire.NullableString,
  clientId: Wire.String,
  clientHost: Wire.String,
  subscribedTopicNames: Wire.ArrayOf(Wire.String),
  subscribedTopicRegex: Wire.NullableString,
  rebalanceTimeoutMs: Wire.Int32,
  serverAssignor: Wire.NullableString,
  classic: Wire.NullableStruct({
    sessionTimeoutMs: Wire.Int32,
    protocols: Wire.ArrayOf(Wire.Struct({ name: Wire.String, metadata: Wire.Bytes }))
  }).pipe(Wire.tagged(0, "0+", null))
})
const targetValue = Wire.Struct({ topicPartitions: listed })
const currentValue = Wire.Struct({
  memberEpoch: Wire.Int32,
  previousMemberEpoch: Wire.Int32,
  state: Wire.Int8,
  assignedPartitions: listed,
  partitionsPendingRevocation: listed
})

const GROUP = 3
const MEMBER = 5
const TARGET = 6
const TARGET_MEMBER = 7
const CURRENT = 8

const STATES = ["stable", "unrevoked", "unreleased"] as const

const writer = new Writer()

const bytes = <S extends Schema.Top>(
  version: number,
  schema: S,
  isFlexible: boolean,
  value: S["Type"]
): Buffer => {
  writer.int16(version)
  Codec.of(schema, version, isFlexible).encode(writer, value)
  return Buffer.concat(writer.take())
}

const keyOf = (kind: number, groupId: string, memberId?: string): Buffer =>
  memberId === undefined
    ? bytes(kind, groupKey, false, { groupId })
    : bytes(kind, memberKey, false, { groupId, memberId })

/** Every value is of version 0, the only one there is. */
const valueOf = <S extends Schema.Top>(schema: S, value: S["Type"]): Buffer =>
  bytes(0, schema, true, value)

/** What leads from one value to the next; a member that has gone is taken back. */
export const between = (
  before: ConsumerGroup,
  after: ConsumerGroup
): ReadonlyArray<StoredRecord> => {
  const { groupId } = after
  const records: Array<StoredRecord> = []
  const put = (kind: number, value: Buffer | null, memberId?: string): void => {
    records.push({ key: keyOf(kind, groupId, memberId), value })
  }
  for (const [memberId, was] of before.members) {
    if (after.members.has(memberId)) continue
    put(CURRENT, null, memberId)
    if (before.target.has(memberId)) put(TARGET_MEMBER, null, memberId)
    put(MEMBER, null, was.memberId)
  }
  if (after.isDead) {
    if (!before.isDead) {
      put(TARGET, null)
      put(GROUP, null)
    }
    return records
  }
  for (const [memberId, member] of after.members) {
    const was = before.members.get(memberId)
    if (was === undefined || !isSameMember(was, member)) put(MEMBER, memberBytes(member), memberId)
  }
  if (before.groupEpoch !== after.groupEpoch) {
    put(GROUP, valueOf(epochValue, { epoch: after.groupEpoch }))
  }
  for (const [memberId, target] of after.target) {
    if (before.target.get(memberId) === target || !after.members.has(memberId)) continue
    const topicPartitions = TopicPartitions.toList(target)
    put(TARGET_MEMBER, valueOf(targetValue, { topicPartitions }), memberId)
  }
  if (before.assignmentEpoch !== after.assignmentEpoch) {
    put(TARGET, valueOf(epochValue, { epoch: after.assignmentEpoch }))
  }
  for (const [memberId, member] of after.members) {
    const was = before.members.get(memberId)
    if (was === undefined || !isSamePlace(was, member)) put(CURRENT, currentBytes(member), memberId)
  }
  return records
}

const isSameMember = (a: ConsumerMember, b: ConsumerMember): boolean =>
  a === b || memberBytes(a).equals(memberBytes(b))

const isSamePlace = (a: ConsumerMember, b: ConsumerMember): boolean =>
  a.memberEpoch === b.memberEpoch && a.previousMemberEpoch === b.previousMemberEpoch &&
  a.state === b.state && a.assigned === b.assigned && a.revoking === b.revoking

const memberBytes = (member: ConsumerMember): Buffer =>
  valueOf(memberValue, {
    instanceId: member.instanceId,
    rackId: member.rackId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    subscribedTopicNames: member.subscribedTopicNames,
    subscribedTopicRegex: member.subscribedTopicRegex,
    rebalanceTimeoutMs: member.rebalanceTimeoutMs,
    serverAssignor: member.serverAssignor,
    classic: member.classic
  })

const currentBytes = (member: ConsumerMember): Buffer =>
  valueOf(currentValue, {
    memberEpoch: member.memberEpoch,
    previousMemberEpoch: member.previousMemberEpoch,
    state: STATES.indexOf(member.state),
    assignedPartitions: TopicPartitions.toList(member.assigned),
    partitionsPendingRevocation: TopicPartitions.toList(member.revoking)
  })

export interface ConsumerRecord {
  readonly groupId: string
  /** The group as it is after the record; undefined when that takes it away. */
  readonly applyTo: (group: ConsumerGroup) => ConsumerGroup | undefined
}

/** Undefined for a key of another kind. Throws WireError on bytes that are no such record. */
export const decode = (
  kind: number,
  key: Reader,
  value: Reader | null
): ConsumerRecord | undefined => {
  switch (kind) {
    case GROUP:
    case TARGET: {
      const { groupId } = Codec.of(groupKey, kind, false).decode(key)
      const epoch = value === null ? null : read(epochValue, value).epoch
      const field = kind === GROUP ? "groupEpoch" : "assignmentEpoch"
      return {
        groupId,
        applyTo: (group) =>
          epoch === null
            ? kind === GROUP ? undefined : group
            : { ...group, [field]: epoch }
      }
    }
    case MEMBER:
    case TARGET_MEMBER:
    case CURRENT: {
      const { groupId, memberId } = Codec.of(memberKey, kind, false).decode(key)
      return { groupId, applyTo: memberChange(kind, memberId, value) }
    }
    default:
      return undefined
  }
}

const read = <S extends Schema.Top>(schema: S, value: Reader): S["Type"] => {
  const version = value.int16()
  return Codec.of(schema, version, true).decode(value)
}

const memberChange = (
  kind: number,
  memberId: string,
  value: Reader | null
): ConsumerRecord["applyTo"] => {
  if (kind === TARGET_MEMBER) {
    const target = value === null
      ? null
      : TopicPartitions.fromList(read(targetValue, value).topicPartitions)
    return (group) => {
      const targets = new Map(group.target)
      if (target === null) targets.delete(memberId)
      else targets.set(memberId, target)
      return { ...group, target: targets }
    }
  }
  if (value === null) {
    return (group) => {
      if (kind === CURRENT) return group
      const members = new Map(group.members)
      members.delete(memberId)
      return withStatics({ ...group, members })
    }
  }
  const change = kind === MEMBER
    ? descriptionOf(read(memberValue, value))
    : placeOf(read(currentValue, value))
  return (group) => {
    const member = group.members.get(memberId) ?? fresh(memberId, null)
    return withStatics({
      ...group,
      members: new Map(group.members).set(memberId, { ...member, ...change })
    })
  }
}

/** The bytes of protocols are copied: they outlive those of the record. */
const descriptionOf = (value: typeof memberValue["Type"]): Partial<ConsumerMember> => ({
  ...value,
  classic: value.classic === null ? null : {
    sessionTimeoutMs: value.classic.sessionTimeoutMs,
    protocols: value.classic.protocols.map(({ metadata, name }) => ({
      name,
      metadata: Buffer.from(metadata)
    }))
  }
})

const placeOf = (value: typeof currentValue["Type"]): Partial<ConsumerMember> => ({
  memberEpoch: value.memberEpoch,
  previousMemberEpoch: value.previousMemberEpoch,
  state: STATES[value.state] ?? "unreleased",
  assigned: TopicPartitions.fromList(value.assignedPartitions),
  revoking: TopicPartitions.fromList(value.partitionsPendingRevocation)
})

const withStatics = (group: ConsumerGroup): ConsumerGroup => ({
  ...group,
  staticMembers: new Map(
    [...group.members.values()].flatMap(({ instanceId, memberId }) =>
      instanceId === null ? [] : [[instanceId, memberId] as const]
    )
  )
})
