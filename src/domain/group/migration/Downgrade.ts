// A consumer group whose last member of the consumer protocol has gone becomes a classic group of those
// that remain. Each keeps what it owned, as bytes of its own version, and all are called to join.
// Facts are those of Kafka's ClassicGroup.fromConsumerGroup.
import { assignmentBytes } from "../consumer/ClassicSync.ts"
import * as ConsumerGroup from "../consumer/ConsumerGroup.ts"
import * as Group from "../Group.ts"
import type * as Member from "../Member.ts"
import { CONSUMER_PROTOCOL_TYPE } from "../SubscribedTopics.ts"

/** Whether nobody speaks the consumer protocol any more, after somebody did. */
export const isDue = (
  before: ConsumerGroup.ConsumerGroup,
  after: ConsumerGroup.ConsumerGroup
): boolean =>
  hasConsumerMember(before) && !hasConsumerMember(after) && after.members.size > 0 && !after.isDead

export const hasConsumerMember = ({ members }: ConsumerGroup.ConsumerGroup): boolean =>
  [...members.values()].some(({ classic }) => classic === null)

/**
 * `after` as a classic group whose generation is the epoch that `before` had, and that has to rebalance;
 * undefined when its members are too many for one, or have no protocol in common.
 */
export const downgraded = (
  before: ConsumerGroup.ConsumerGroup,
  after: ConsumerGroup.ConsumerGroup,
  nowMs: number,
  limits: Pick<Group.GroupLimits, "maxSize">
): Group.Group | undefined => {
  if (after.members.size > limits.maxSize) return undefined
  // Of the topics of `before`, the last that were looked at with everybody's subscription.
  const topics = new Map([...before.topics, ...after.topics])
  const members = new Map(
    ConsumerGroup.classicMembers(after).map((member): [string, Member.Member] => [
      member.memberId,
      {
        memberId: member.memberId,
        groupInstanceId: member.instanceId,
        clientId: member.clientId,
        clientHost: member.clientHost,
        rebalanceTimeoutMs: member.rebalanceTimeoutMs,
        sessionTimeoutMs: member.classic.sessionTimeoutMs,
        protocols: member.classic.protocols,
        assignment: assignmentBytes(
          { ...after, topics },
          member.assigned,
          member.classic.protocols[0]!.metadata
        ),
        isNew: false,
        joinRequest: null,
        syncRequest: null
      }
    ])
  )
  const group: Group.Group = {
    ...Group.empty(after.groupId, nowMs),
    state: "Stable",
    generationId: before.groupEpoch,
    protocolType: CONSUMER_PROTOCOL_TYPE,
    members,
    staticMembers: after.staticMembers
  }
  const protocolName = Group.selectProtocol(group)
  return protocolName === "" ? undefined : { ...group, protocolName }
}
