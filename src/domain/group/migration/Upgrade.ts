// A classic group of consumers becomes one of the consumer protocol while its members live: they are kept
// as members that speak the classic protocol, each with what it owns. The new group must know of every
// partition that somebody may still read: it would give it to another else. A rebalance that is not over
// has forgotten what was given before; what cooperative members said that they own is known even then.
// Facts are those of Kafka's ConsumerGroup.fromClassicGroup.
import * as ConsumerProtocol from "../../protocol/ConsumerProtocol.ts"
import * as TopicPartitions from "../../TopicPartitions.ts"
import { owned } from "../consumer/ClassicJoin.ts"
import * as ConsumerGroup from "../consumer/ConsumerGroup.ts"
import { type ConsumerMember, fresh } from "../consumer/ConsumerMember.ts"
import type { Group } from "../Group.ts"
import * as Member from "../Member.ts"
import { CONSUMER_PROTOCOL_TYPE } from "../SubscribedTopics.ts"

/** Undefined where the broker cannot read what its members say of themselves, or they are too many. */
export const upgraded = (
  group: Group,
  world: ConsumerGroup.ConsumerGroupWorld
): ConsumerGroup.ConsumerGroup | undefined => {
  const isOfConsumers = group.protocolType === CONSUMER_PROTOCOL_TYPE
  if (!isOfConsumers || group.members.size > world.maxSize) return undefined
  const found = new Map<string, Upgraded>()
  for (const member of group.members.values()) {
    const upgradedMember = memberOf(group, member, world)
    if (upgradedMember === undefined) return undefined
    found.set(member.memberId, upgradedMember)
  }
  const given = [...found.values()].map(({ member }) => member.assigned).reduce(
    TopicPartitions.union,
    TopicPartitions.NONE
  )
  // What a cooperative member had when it joined it may be about to give up: it says so by joining again.
  const members = new Map(
    [...found].map(([memberId, { claimed, member }]) => [memberId, {
      ...member,
      assigned: TopicPartitions.union(member.assigned, TopicPartitions.minus(claimed, given))
    }])
  )
  return {
    ...ConsumerGroup.empty(group.groupId),
    groupEpoch: group.generationId,
    assignmentEpoch: group.generationId,
    members,
    staticMembers: group.staticMembers,
    target: new Map([...members].map(([memberId, { assigned }]) => [memberId, assigned]))
  }
}

interface Upgraded {
  readonly member: ConsumerMember
  /** What it said that it owned when it joined. */
  readonly claimed: TopicPartitions.TopicPartitions
}

const memberOf = (
  group: Group,
  member: Member.Member,
  world: ConsumerGroup.ConsumerGroupWorld
): Upgraded | undefined => {
  const { protocols } = member
  const isReadable = protocols.length > 0 &&
    protocols.every(({ metadata }) => ConsumerProtocol.decodeSubscription(metadata) !== undefined)
  const chosen = protocols.find(({ name }) => name === group.protocolName) ?? protocols[0]
  const subscription = ConsumerProtocol.decodeSubscription(chosen?.metadata ?? Member.NO_BYTES)
  if (!isReadable || subscription === undefined) return undefined
  const isForgotten = member.assignment.length === 0
  const assignment = isForgotten ? undefined : ConsumerProtocol.decodeAssignment(member.assignment)
  if (!isForgotten && assignment === undefined) return undefined
  return {
    claimed: owned(world, subscription.ownedPartitions),
    member: {
      ...fresh(member.memberId, member.groupInstanceId),
      rackId: subscription.rackId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      rebalanceTimeoutMs: member.rebalanceTimeoutMs,
      subscribedTopicNames: [...new Set(subscription.topics)].sort(),
      classic: { sessionTimeoutMs: member.sessionTimeoutMs, protocols },
      memberEpoch: group.generationId,
      previousMemberEpoch: group.generationId,
      assigned: owned(world, assignment?.assignedPartitions ?? [])
    }
  }
}
