// What a consumer commits: positions when it is told to, what was processed by itself. Offsets are those of
// the next record to read, with the leader epoch of the last one read.
//
// Invariant: by itself a consumer commits only what was processed: delivered, and followed by another poll.
import * as Effect from "effect/Effect"
import { NO_OFFSET } from "../../../domain/Offset.ts"
import * as Topic from "../../../domain/Topic.ts"
import * as ClientError from "../ClientError.ts"
import type { OffsetToCommit } from "../group/GroupContract.ts"
import { CommitLine, type CommitResult, type Offsets } from "./CommitLine.ts"
import type { ConsumerSettings } from "./ConsumerOptions.ts"
import type { RecordPlace } from "./ConsumerRecord.ts"
import type { AssignedPartition, SubscriptionState } from "./SubscriptionState.ts"

export interface ConsumerCommitsOptions {
  readonly settings: ConsumerSettings
  readonly subscription: SubscriptionState
  /** Whether the cluster tells of the topic. */
  readonly isThere: (topic: Topic.TopicName) => boolean
  /** As a member, or as one that assigns its partitions itself; undefined without a group. */
  readonly commit:
    | ((offsets: Offsets) => Effect.Effect<void, ClientError.ClientError>)
    | undefined
}

export class ConsumerCommits {
  private readonly options: ConsumerCommitsOptions
  private readonly line: CommitLine

  private constructor(options: ConsumerCommitsOptions, line: CommitLine) {
    this.options = options
    this.line = line
  }

  static make = Effect.fnUntraced(function*(options: ConsumerCommitsOptions) {
    const { commit = noGroup, subscription } = options
    const line = yield* CommitLine.make((offsets) =>
      offsets.size === 0 && options.commit !== undefined
        ? Effect.void
        : Effect.tap(commit(offsets), () => Effect.sync(() => noteCommitted(subscription, offsets)))
    )
    const commits = new ConsumerCommits(options, line)
    if (commits.isAutomatic) yield* Effect.forkScoped(commits.run)
    return commits
  })

  /** Whether what was processed is committed without being told. */
  get isAutomatic(): boolean {
    return this.options.settings.autoCommit && this.options.commit !== undefined
  }

  /** Commits `offsets`, or how far has been delivered; ends when the broker has them. */
  readonly commit = (offsets?: Offsets): Effect.Effect<void, ClientError.ClientError> =>
    Effect.suspend(() => this.line.wait(offsets ?? this.positions()))

  readonly commitAsync = (
    callback: (result: CommitResult) => void,
    offsets?: Offsets
  ): Effect.Effect<void> =>
    Effect.suspend(() => this.line.submit(offsets ?? this.positions(), callback))

  /**
   * Commits what was processed of those partitions, if that is to be done by itself; never fails. A
   * topic that was deleted is left out: a commit waits for topics, and the group would wait for it.
   */
  readonly commitProcessed = (
    partitions: Iterable<AssignedPartition>
  ): Effect.Effect<void> =>
    Effect.suspend(() => {
      if (!this.isAutomatic) return Effect.void
      const { isThere } = this.options
      const offsets = processedOf([...partitions].filter(({ topic }) => isThere(topic)))
      if (offsets.size === 0) return Effect.void
      return Effect.catch(
        this.line.wait(offsets),
        (error) => Effect.logWarning(`offsets could not be committed: ${error.message}`)
      )
    })

  private positions(): Offsets {
    const offsets = new Map<string, OffsetToCommit>()
    for (
      const { key, partition, position, positionEpoch, topic } of this.options.subscription.all
    ) {
      if (position < 0) continue
      offsets.set(key, { topic, partition, offset: position, leaderEpoch: positionEpoch })
    }
    return offsets
  }

  private readonly run: Effect.Effect<void> = Effect.suspend(() =>
    Effect.forever(
      Effect.andThen(
        Effect.sleep(this.options.settings.autoCommitIntervalMs),
        Effect.suspend(() => this.commitProcessed(this.options.subscription.all))
      )
    )
  ).pipe(
    Effect.catchCause((cause) => Effect.logError("nothing is committed by itself any more", cause))
  )
}

const noGroup = () => Effect.fail(ClientError.invalid("without a groupId nothing can be committed"))

/** The offsets that stand behind those records, the last of each partition. */
export const offsetsAfter = (records: Iterable<RecordPlace>): Offsets => {
  const last = new Map<string, RecordPlace>()
  let before: RecordPlace | undefined
  for (const record of records) {
    // Records come in runs of one partition: only the last of each run is looked at.
    if (before !== undefined && !isOneRun(before, record)) last.set(keyOf(before), before)
    before = record
  }
  if (before !== undefined) last.set(keyOf(before), before)
  const offsets = new Map<string, OffsetToCommit>()
  for (const [key, { leaderEpoch, offset, partition, topic }] of last) {
    offsets.set(key, { topic, partition, offset: offset + 1, leaderEpoch })
  }
  return offsets
}

const isOneRun = (before: RecordPlace, record: RecordPlace): boolean =>
  before.partition === record.partition && before.topic === record.topic

const keyOf = ({ partition, topic }: RecordPlace): string => Topic.format(topic, partition)

const processedOf = (partitions: Iterable<AssignedPartition>): Offsets => {
  const offsets = new Map<string, OffsetToCommit>()
  for (const { committed, key, partition, processed, processedEpoch, topic } of partitions) {
    if (processed === NO_OFFSET || processed === committed) continue
    offsets.set(key, { topic, partition, offset: processed, leaderEpoch: processedEpoch })
  }
  return offsets
}

const noteCommitted = (subscription: SubscriptionState, offsets: Offsets): void => {
  for (const { offset, partition, topic } of offsets.values()) {
    const state = subscription.get(topic, partition)
    if (state !== undefined) state.committed = offset
  }
}
