// A consumer group on its way from one value to the next, with what has to be done about it. What has to
// be stored follows from the two values, and is nobody's affair here.
import type { ErrorCode } from "../../ErrorCode.ts"
import * as TopicPartitions from "../../TopicPartitions.ts"
import type { JoinAnswer, LeaveAnswer, SyncAnswer } from "../GroupAction.ts"
import * as ConsumerGroup from "./ConsumerGroup.ts"
import type { ConsumerMember } from "./ConsumerMember.ts"

export interface HeartbeatAnswer {
  readonly errorCode: ErrorCode
  readonly errorMessage: string | null
  readonly memberId: string | null
  readonly memberEpoch: number
  readonly heartbeatIntervalMs: number
  /** Null when it is as the member knows it. */
  readonly assignment: TopicPartitions.TopicPartitions | null
}

/**
 * "session": the member is silent; "rebalance": it does not give up what it should; "join" and "sync": a
 * member of the classic protocol does not do what it was told to.
 */
export type ConsumerTimer = `${"session" | "rebalance" | "join" | "sync"}/${string}`

export type ConsumerAction =
  | { readonly _tag: "Answer"; readonly requestId: number; readonly answer: HeartbeatAnswer }
  | { readonly _tag: "AnswerCode"; readonly requestId: number; readonly errorCode: ErrorCode }
  /** To members that speak the classic protocol. */
  | { readonly _tag: "AnswerJoin"; readonly requestId: number; readonly answer: JoinAnswer }
  | { readonly _tag: "AnswerSync"; readonly requestId: number; readonly answer: SyncAnswer }
  | { readonly _tag: "AnswerLeave"; readonly requestId: number; readonly answer: LeaveAnswer }
  | { readonly _tag: "ArmTimer"; readonly timer: ConsumerTimer; readonly delayMs: number }
  /** Begins a timer unless it runs already. */
  | { readonly _tag: "KeepTimer"; readonly timer: ConsumerTimer; readonly delayMs: number }
  | { readonly _tag: "CancelTimer"; readonly timer: ConsumerTimer }

export const refusal = (errorCode: ErrorCode, errorMessage: string): HeartbeatAnswer => ({
  errorCode,
  errorMessage,
  memberId: null,
  memberEpoch: 0,
  heartbeatIntervalMs: 0,
  assignment: null
})

export class ConsumerTransition {
  group: ConsumerGroup.ConsumerGroup
  readonly world: ConsumerGroup.ConsumerGroupWorld
  readonly actions: Array<ConsumerAction> = []

  constructor(group: ConsumerGroup.ConsumerGroup, world: ConsumerGroup.ConsumerGroupWorld) {
    this.group = group
    this.world = world
  }

  private set(change: Partial<ConsumerGroup.ConsumerGroup>): void {
    this.group = { ...this.group, ...change }
  }

  put(member: ConsumerMember): void {
    const members = new Map(this.group.members).set(member.memberId, member)
    const { instanceId } = member
    const staticMembers = instanceId === null
      ? this.group.staticMembers
      : new Map(this.group.staticMembers).set(instanceId, member.memberId)
    this.set({ members, staticMembers })
  }

  remove(memberId: string): void {
    const member = this.group.members.get(memberId)
    if (member === undefined) return
    const members = new Map(this.group.members)
    const target = new Map(this.group.target)
    const staticMembers = new Map(this.group.staticMembers)
    members.delete(memberId)
    target.delete(memberId)
    const { instanceId } = member
    if (instanceId !== null && staticMembers.get(instanceId) === memberId) {
      staticMembers.delete(instanceId)
    }
    this.set({ members, target, staticMembers })
    this.cancel(`session/${memberId}`)
    this.cancel(`rebalance/${memberId}`)
    if (member.classic !== null) this.cancelClassic(memberId)
  }

  /** What a member of the classic protocol was waited for. */
  cancelClassic(memberId: string): void {
    this.cancel(`join/${memberId}`)
    this.cancel(`sync/${memberId}`)
  }

  /** A static member comes back under another id, with what was to be its own. */
  handOver(from: ConsumerMember, to: ConsumerMember): void {
    const target = this.group.target.get(from.memberId)
    this.remove(from.memberId)
    this.put(to)
    if (target !== undefined) {
      this.set({ target: new Map(this.group.target).set(to.memberId, target) })
    }
  }

  /** The group's epoch grows when `isChanged`, or when its topics are others than they were. */
  refresh(isChanged: boolean): void {
    const { topicsVersion } = this.world
    const before = this.group
    if (!isChanged && topicsVersion === before.topicsVersion) return
    const topics = new Map<string, ConsumerGroup.SubscribedTopic>()
    for (const member of this.group.members.values()) {
      for (const name of ConsumerGroup.subscriptionOf(member, this.world)) {
        const topic = this.world.topic(name)
        if (topic !== undefined) topics.set(name, topic)
      }
    }
    // A group that was loaded knows its topics only by what its members should own.
    const isKnown = before.topicsVersion >= 0
      ? isSame(topics, before.topics)
      : covers(before.target, topics)
    const hasMoved = isChanged || !isKnown
    this.set({ topics, topicsVersion, groupEpoch: before.groupEpoch + (hasMoved ? 1 : 0) })
  }

  /** Makes the target of the group's epoch, where there is none. */
  assign(): void {
    const { group, world } = this
    if (group.groupEpoch === group.assignmentEpoch) return
    const members = [...group.members.values()].map((member) => ({
      memberId: member.memberId,
      instanceId: member.instanceId,
      topicIds: new Set(
        ConsumerGroup.subscriptionOf(member, world).flatMap((name) =>
          group.topics.get(name)?.id ?? []
        )
      ),
      target: group.target.get(member.memberId) ?? TopicPartitions.NONE
    }))
    const partitions = new Map(
      [...group.topics.values()].map((topic) => [topic.id, topic.partitions])
    )
    const assigned = members.length === 0
      ? new Map<string, TopicPartitions.TopicPartitions>()
      : ConsumerGroup.assignorOf(group, world).assign(members, (id) => partitions.get(id) ?? 0)
    const target = new Map(
      [...assigned].map(([memberId, all]) => {
        const before = group.target.get(memberId)
        return [
          memberId,
          before !== undefined && TopicPartitions.equals(before, all) ? before : all
        ]
      })
    )
    this.set({ target, assignmentEpoch: group.groupEpoch })
  }

  die(): void {
    this.set({ isDead: true })
  }

  arm(timer: ConsumerTimer, delayMs: number): void {
    this.actions.push({ _tag: "ArmTimer", timer, delayMs })
  }

  /** Begins a timer unless it runs already. */
  keep(timer: ConsumerTimer, delayMs: number): void {
    this.actions.push({ _tag: "KeepTimer", timer, delayMs })
  }

  cancel(timer: ConsumerTimer): void {
    this.actions.push({ _tag: "CancelTimer", timer })
  }

  answer(requestId: number, answer: HeartbeatAnswer): void {
    this.actions.push({ _tag: "Answer", requestId, answer })
  }

  answerJoin(requestId: number, answer: JoinAnswer): void {
    this.actions.push({ _tag: "AnswerJoin", requestId, answer })
  }

  answerSync(requestId: number, answer: SyncAnswer): void {
    this.actions.push({ _tag: "AnswerSync", requestId, answer })
  }

  answerLeave(requestId: number, answer: LeaveAnswer): void {
    this.actions.push({ _tag: "AnswerLeave", requestId, answer })
  }

  answerCode(requestId: number, errorCode: ErrorCode): void {
    this.actions.push({ _tag: "AnswerCode", requestId, errorCode })
  }
}

const isSame = (
  a: ReadonlyMap<string, ConsumerGroup.SubscribedTopic>,
  b: ReadonlyMap<string, ConsumerGroup.SubscribedTopic>
): boolean => {
  if (a.size !== b.size) return false
  for (const [name, { id, partitions }] of a) {
    const other = b.get(name)
    if (other === undefined || other.id !== id || other.partitions !== partitions) return false
  }
  return true
}

/** Whether the target gives away all partitions of these topics and no others. */
const covers = (
  target: ReadonlyMap<string, TopicPartitions.TopicPartitions>,
  topics: ReadonlyMap<string, ConsumerGroup.SubscribedTopic>
): boolean => {
  const given = new Map<string, number>()
  for (const all of target.values()) {
    for (const [topicId, partitions] of all) {
      given.set(topicId, (given.get(topicId) ?? 0) + partitions.size)
    }
  }
  let known = 0
  for (const { id, partitions } of topics.values()) {
    if (partitions !== (given.get(id) ?? 0)) return false
    if (partitions > 0) known++
  }
  return known === given.size
}
