// What a consumer knows of the partitions it has: how far it has come in each, what was processed, and
// whether it may fetch. Pure and synchronous; whoever changes it tells the fetcher.
//
// Invariants: a seek begins a new incarnation, and what was fetched for an older one is never delivered;
// `processed` never passes `position`; a partition that is taken away is not the same one when it comes back.
import { type LeaderEpoch, NO_EPOCH, NO_OFFSET, type Offset } from "../../../domain/Offset.ts"
import * as Topic from "../../../domain/Topic.ts"
import type { ClientError } from "../ClientError.ts"

/** Where to begin: at an end of the log, or at a time (milliseconds since 1970). */
export type StartAt = "earliest" | "latest" | { readonly timestampMs: number }

/** What must be known before the partition can be fetched. */
export type Need =
  | { readonly _tag: "Nothing" }
  /** The group's committed offset, or where to begin without one. */
  | { readonly _tag: "Committed" }
  | { readonly _tag: "Offset"; readonly startAt: StartAt }
  /** Whether the log still has what was read, under its new leader (KIP-320). */
  | { readonly _tag: "Validation"; readonly leaderEpoch: LeaderEpoch }
  /** Nothing can be found out: the application has to say where to begin. */
  | { readonly _tag: "Seek" }

const NOTHING: Need = { _tag: "Nothing" }

export class AssignedPartition implements Topic.TopicPartition {
  readonly topic: Topic.TopicName
  readonly partition: Topic.PartitionId
  /** Its name in maps, as `Topic.format` makes it. */
  readonly key: string
  incarnation = 0
  /** Given back, or taken: nothing of it is delivered any more. */
  isRevoked = false
  isPaused = false
  /** The application is being told of it, and may want to begin elsewhere: nothing is fetched yet. */
  isHeld = false
  need: Need = { _tag: "Committed" }
  /** Of the next record to be delivered. */
  position: Offset = NO_OFFSET
  /** Of the last record delivered. */
  positionEpoch: LeaderEpoch = NO_EPOCH
  /** All before it was delivered and then left behind by the next poll. */
  processed: Offset = NO_OFFSET
  processedEpoch: LeaderEpoch = NO_EPOCH
  /** What was last committed, by whatever way; NO_OFFSET where nothing is known of it. */
  committed: Offset = NO_OFFSET
  /** Of the next fetch. */
  fetchOffset: Offset = NO_OFFSET
  /** The leader that the position was last held against. */
  leaderEpoch: LeaderEpoch = NO_EPOCH
  /** The incarnation for which a fetch is under way; -1 where none is. */
  fetching = -1
  /** A nearer replica to read from (KIP-392), until `preferredUntilMs`. */
  preferredReplica = -1
  preferredUntilMs = 0
  /** Not to be asked for before. */
  notBeforeMs = 0
  highWatermark: Offset = NO_OFFSET
  lastStableOffset: Offset = NO_OFFSET
  logStartOffset: Offset = NO_OFFSET
  /** Why nothing comes; told by the next poll. */
  failure: ClientError | undefined

  constructor(topic: Topic.TopicName, partition: Topic.PartitionId) {
    this.topic = topic
    this.partition = partition
    this.key = Topic.format(topic, partition)
  }

  get hasPosition(): boolean {
    return this.need._tag === "Nothing" || this.need._tag === "Validation"
  }

  /** Goes on from `offset`; nothing that was fetched before is delivered. */
  seek(offset: Offset, leaderEpoch: LeaderEpoch = NO_EPOCH): void {
    this.forget()
    this.need = NOTHING
    this.position = this.fetchOffset = offset
    this.positionEpoch = leaderEpoch
    // A jump says nothing of what was done: the commit begins at the new place.
    this.processed = offset
    this.processedEpoch = leaderEpoch
  }

  /** Goes on from a place that has yet to be asked for. */
  seekTo(startAt: StartAt): void {
    this.forget()
    this.need = { _tag: "Offset", startAt }
  }

  /** Nothing is known to begin at, and `failure` says why, until somebody seeks. */
  fail(failure: ClientError): void {
    this.forget()
    this.need = { _tag: "Seek" }
    this.failure = failure
  }

  /** What was fetched beyond the position is dropped, to be fetched again. */
  refetch(): void {
    this.incarnation++
    this.fetchOffset = this.position
  }

  /** The position has been found valid. */
  validated(): void {
    if (this.need._tag === "Validation") this.need = NOTHING
  }

  /** All that was delivered counts as done. */
  leaveBehind(): void {
    this.processed = this.position
    this.processedEpoch = this.positionEpoch
  }

  /** Records between the position and the end of what can be read; undefined until one is known. */
  lag(isCommittedOnly: boolean): number | undefined {
    const end = isCommittedOnly ? this.lastStableOffset : this.highWatermark
    return end === NO_OFFSET || !this.hasPosition ? undefined : Math.max(0, end - this.position)
  }

  private forget(): void {
    this.incarnation++
    this.failure = undefined
    this.notBeforeMs = 0
  }
}

export class SubscriptionState {
  private readonly partitions = new Map<string, AssignedPartition>()
  private readonly removals = new Map<string, () => void>()
  /** Told of each partition that comes; gives what is to be done when it goes. */
  onAdded: (partition: AssignedPartition) => () => void = () => () => {}

  get all(): Iterable<AssignedPartition> {
    return this.partitions.values()
  }

  get count(): number {
    return this.partitions.size
  }

  get(topic: Topic.TopicName, partition: Topic.PartitionId): AssignedPartition | undefined {
    return this.partitions.get(Topic.format(topic, partition))
  }

  /** Adds those that are not there; gives them. */
  add(partitions: ReadonlyArray<Topic.TopicPartition>): ReadonlyArray<AssignedPartition> {
    const added: Array<AssignedPartition> = []
    for (const { partition, topic } of partitions) {
      const one = new AssignedPartition(topic, partition)
      if (this.partitions.has(one.key)) continue
      this.partitions.set(one.key, one)
      this.removals.set(one.key, this.onAdded(one))
      added.push(one)
    }
    return added
  }

  /** Nothing of them is delivered from now on; they can still be committed. */
  revoke(partitions: ReadonlyArray<Topic.TopicPartition>): ReadonlyArray<AssignedPartition> {
    const revoked: Array<AssignedPartition> = []
    for (const { partition, topic } of partitions) {
      const one = this.get(topic, partition)
      if (one === undefined) continue
      one.isRevoked = true
      one.incarnation++
      revoked.push(one)
    }
    return revoked
  }

  remove(partitions: ReadonlyArray<Topic.TopicPartition>): void {
    for (const { partition, topic } of partitions) {
      const key = Topic.format(topic, partition)
      this.partitions.delete(key)
      this.removals.get(key)?.()
      this.removals.delete(key)
    }
  }

  /** The next poll has come: what the last one gave counts as done. */
  leaveBehind(): void {
    for (const one of this.partitions.values()) one.leaveBehind()
  }
}
