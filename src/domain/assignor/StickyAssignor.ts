// As even as the broker's uniform assignor, which decides here too, and nothing moves that need not. It is
// eager: members own nothing while they join, so that they tell what they had in their user data.
//
//   user data: [topic string, [partition int32]], generation int32 (from version 1)
//
// The bytes do not tell their version: what is too short for version 1 is read as version 0.
// Source: Kafka's StickyAssignor.
import * as TopicPartitions from "../TopicPartitions.ts"
import * as Codec from "../wire/Codec.ts"
import { Reader } from "../wire/Reader.ts"
import * as Wire from "../wire/Wire.ts"
import { WireError } from "../wire/WireError.ts"
import { Writer } from "../wire/Writer.ts"
import {
  asAssignorMember,
  type ConsumerAssignor,
  type SubscribedMember
} from "./ConsumerAssignor.ts"
import { type OwnershipClaim, rightfulOwners } from "./OwnershipClaims.ts"
import { fromListed, listed } from "./Subscriptions.ts"
import { uniformAssignor } from "./UniformAssignor.ts"

const userData = Wire.Struct({
  previousAssignment: Wire.ArrayOf(
    Wire.Struct({ topic: Wire.String, partitions: Wire.ArrayOf(Wire.Int32) })
  ),
  generation: Wire.Int32.pipe(Wire.since(1, -1))
})

export const encodeUserData = (
  ownedPartitions: TopicPartitions.TopicPartitions,
  generationId: number
): Buffer => {
  const writer = new Writer()
  Codec.of(userData, 1, false).encode(writer, {
    previousAssignment: listed(ownedPartitions),
    generation: generationId
  })
  return Buffer.concat(writer.take())
}

/** Undefined for bytes that are none. */
export const decodeUserData = (
  bytes: Uint8Array
): Omit<OwnershipClaim, "memberId"> | undefined => {
  const decoded = decodeVersion(bytes, 1) ?? decodeVersion(bytes, 0)
  return decoded === undefined ? undefined : {
    ownedPartitions: fromListed(decoded.previousAssignment),
    generationId: decoded.generation
  }
}

const decodeVersion = (
  bytes: Uint8Array,
  version: number
): typeof userData["Type"] | undefined => {
  try {
    const reader = new Reader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
    return Codec.of(userData, version, false).decode(reader)
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}

/** What a member says it had: in its user data, or else where cooperative members say it. */
const claimOf = (member: SubscribedMember): OwnershipClaim => {
  const told = member.userData === null || member.userData.length === 0
    ? undefined
    : decodeUserData(member.userData)
  return told === undefined ? member : { memberId: member.memberId, ...told }
}

export const sticky: ConsumerAssignor = {
  name: "sticky",
  protocol: "eager",
  subscriptionUserData: (ownedPartitions, generationId) =>
    generationId < 0 ? null : encodeUserData(ownedPartitions, generationId),
  assign: (members, partitionsOf) => {
    const owners = rightfulOwners(members.map(claimOf))
    return uniformAssignor.assign(
      members.map((member) =>
        asAssignorMember(member, owners.get(member.memberId) ?? TopicPartitions.NONE)
      ),
      partitionsOf
    )
  }
}
