// One group as the coordinator holds it: its offsets, and what runs it. A group is of the consumer protocol
// while `consumer` is there, else it is a classic one.
import {
  type ConsumerGroup,
  type ConsumerGroupState,
  stateOf
} from "../../domain/group/consumer/ConsumerGroup.ts"
import type { Group, GroupState } from "../../domain/group/Group.ts"
import * as SubscribedTopics from "../../domain/group/SubscribedTopics.ts"
import { GroupOffsets } from "./GroupOffsets.ts"
import type { GroupRunner } from "./GroupRunner.ts"

export class GroupEntry {
  readonly groupId: string
  readonly offsets = new GroupOffsets()
  runner: GroupRunner
  /** Commits that are being written: the group must not be forgotten meanwhile. */
  writing = 0

  constructor(groupId: string, runner: GroupRunner) {
    this.groupId = groupId
    this.runner = runner
  }

  get classic(): Group | undefined {
    const { value } = this.runner
    return value._tag === "Classic" ? value.group : undefined
  }

  get consumer(): ConsumerGroup | undefined {
    const { value } = this.runner
    return value._tag === "Consumer" ? value.group : undefined
  }

  get state(): GroupState | ConsumerGroupState {
    const { value } = this.runner
    return value._tag === "Classic" ? value.group.state : stateOf(value.group)
  }

  /** Null while only offsets were committed. */
  get protocolType(): string | null {
    const { classic } = this
    return classic === undefined
      ? SubscribedTopics.CONSUMER_PROTOCOL_TYPE
      : classic.protocolType
  }

  /** Nobody is in it, or on the way into it, and nothing is committed. */
  get isOver(): boolean {
    return this.state === "Empty" && this.offsets.isEmpty && this.writing === 0 &&
      (this.classic?.pendingMembers.size ?? 0) === 0
  }

  /** Nor was anybody ever: there is nothing in the log to take back. */
  get isNothing(): boolean {
    const { value } = this.runner
    const generation = value._tag === "Classic" ? value.group.generationId : value.group.groupEpoch
    return generation === 0 && this.isOver
  }

  /** Undefined: the members say it in a way that the broker does not understand. */
  subscribedTopics(): ReadonlySet<string> | undefined {
    const { value } = this.runner
    return value._tag === "Classic"
      ? SubscribedTopics.of(value.group)
      : new Set(value.group.topics.keys())
  }

  /** Whether members of the group read the topic. */
  isInUse(topic: string): boolean {
    const { value } = this.runner
    return value._tag === "Classic"
      ? SubscribedTopics.isInUse(value.group, topic)
      : value.group.members.size > 0 && value.group.topics.has(topic)
  }

  /**
   * From when on an offset's retention counts; undefined: it stays, because the group is in use.
   * Consumers keep what they subscribe to; what they do not is counted from the last commit.
   * Source: KIP-211. Unlike there, a commit to an empty group begins its time anew.
   */
  retainedSinceMs(topic: string, commitTimestampMs: number): number | undefined {
    if (this.protocolType === null) return commitTimestampMs
    const { state } = this
    if (state === "Empty") {
      const emptySinceMs = this.classic?.stateTimestampMs ?? 0
      return Math.max(emptySinceMs, commitTimestampMs)
    }
    if (this.classic !== undefined && state !== "Stable") return undefined
    const subscribed = this.subscribedTopics()
    return subscribed === undefined || subscribed.has(topic) ? undefined : commitTimestampMs
  }
}
