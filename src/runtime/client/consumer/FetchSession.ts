// The fetch session with one broker (KIP-227): where the broker gives a session id, later requests name only
// the partitions that changed; where it gives none (0), each request names all.
//
// Invariant: what this side believes to be in the session is what the broker has there, or the session is
// begun anew: after any error, lost connection or answer that does not fit.
// Source: Kafka's FetchSessionHandler.
import type { LeaderEpoch, Offset } from "../../../domain/Offset.ts"
import type { PartitionId, TopicId, TopicName } from "../../../domain/Topic.ts"

export interface WantedPartition {
  readonly key: string
  readonly topic: TopicName
  readonly topicId: TopicId
  readonly partition: PartitionId
  readonly fetchOffset: Offset
  readonly leaderEpoch: LeaderEpoch
}

export interface SessionRequest {
  readonly sessionId: number
  readonly sessionEpoch: number
  readonly named: ReadonlyArray<WantedPartition>
  readonly forgotten: ReadonlyArray<WantedPartition>
}

const NO_SESSION = 0
/** Asks for a session, naming all. */
const FIRST_EPOCH = 0
/** Ends a session. */
export const FINAL_EPOCH = -1
const EPOCH_MAX = 0x7fff_ffff

export class FetchSession {
  private sessionId = NO_SESSION
  private epoch = FIRST_EPOCH
  private partitions = new Map<string, WantedPartition>()

  get id(): number {
    return this.sessionId
  }

  /** The request that asks for just those partitions. */
  next(wanted: ReadonlyArray<WantedPartition>): SessionRequest {
    const { epoch: sessionEpoch, partitions: before, sessionId } = this
    if (sessionId === NO_SESSION) {
      // Without a session there is nothing to remember but for the case that one begins.
      this.partitions = new Map(wanted.map((one) => [one.key, one]))
      return { sessionId, sessionEpoch, named: wanted, forgotten: [] }
    }
    const after = new Map(wanted.map((one) => [one.key, one]))
    const named = wanted.filter((one) => !isSame(before.get(one.key), one))
    const forgotten = [...before.values()].filter((one) =>
      after.get(one.key)?.topicId !== one.topicId
    )
    this.partitions = after
    return { sessionId, sessionEpoch, named, forgotten }
  }

  /** The broker has answered without an error, in that session. */
  answered(sessionId: number): void {
    if (
      sessionId === NO_SESSION || (this.sessionId !== NO_SESSION && sessionId !== this.sessionId)
    ) {
      return this.reset()
    }
    this.sessionId = sessionId
    this.epoch = this.epoch === EPOCH_MAX ? 1 : this.epoch + 1
  }

  reset(): void {
    this.sessionId = NO_SESSION
    this.epoch = FIRST_EPOCH
    this.partitions.clear()
  }
}

const isSame = (before: WantedPartition | undefined, now: WantedPartition): boolean =>
  before !== undefined && before.fetchOffset === now.fetchOffset &&
  before.leaderEpoch === now.leaderEpoch && before.topicId === now.topicId
