// One group as the coordinator holds it: its offsets, and what runs it. A group is of the consumer protocol
// while `consumer` is there, else it is a classic one; only an empty group changes from one to the other.
import { type ConsumerGroupState, stateOf } from "../../domain/group/consumer/ConsumerGroup.ts"
import type { GroupState } from "../../domain/group/Group.ts"
import * as SubscribedTopics from "../../domain/group/SubscribedTopics.ts"
import type { ClassicRunner } from "./ClassicRunner.ts"
import type { ConsumerRunner } from "./ConsumerRunner.ts"
import { GroupOffsets } from "./GroupOffsets.ts"

export class GroupEntry {
  readonly groupId: string
  readonly offsets = new GroupOffsets()
  classic: ClassicRunner
  consumer: ConsumerRunner | undefined
  /** Commits that are being written: the group must not be forgotten meanwhile. */
  writing = 0

  constructor(groupId: string, classic: ClassicRunner) {
    this.groupId = groupId
    this.classic = classic
  }

  get state(): GroupState | ConsumerGroupState {
    return this.consumer === undefined ? this.classic.value.state : stateOf(this.consumer.value)
  }

  /** Null while only offsets were committed. */
  get protocolType(): string | null {
    return this.consumer === undefined
      ? this.classic.value.protocolType
      : SubscribedTopics.CONSUMER_PROTOCOL_TYPE
  }

  /** Nobody is in it, or on the way into it, and nothing is committed. */
  get isOver(): boolean {
    return this.state === "Empty" && this.offsets.isEmpty && this.writing === 0 &&
      this.classic.value.pendingMembers.size === 0
  }

  /** Nor was anybody ever: there is nothing in the log to take back. */
  get isNothing(): boolean {
    const wasNever = this.classic.value.generationId === 0 &&
      (this.consumer === undefined || this.consumer.value.groupEpoch === 0)
    return wasNever && this.isOver
  }

  /** Undefined: the members say it in a way that the broker does not understand. */
  subscribedTopics(): ReadonlySet<string> | undefined {
    return this.consumer === undefined
      ? SubscribedTopics.of(this.classic.value)
      : new Set(this.consumer.value.topics.keys())
  }

  /** Whether members of the group read the topic. */
  isInUse(topic: string): boolean {
    return this.consumer === undefined
      ? SubscribedTopics.isInUse(this.classic.value, topic)
      : this.consumer.value.members.size > 0 && this.consumer.value.topics.has(topic)
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
      const emptySinceMs = this.consumer === undefined ? this.classic.value.stateTimestampMs : 0
      return Math.max(emptySinceMs, commitTimestampMs)
    }
    if (this.consumer === undefined && state !== "Stable") return undefined
    const subscribed = this.subscribedTopics()
    return subscribed === undefined || subscribed.has(topic) ? undefined : commitTimestampMs
  }
}
