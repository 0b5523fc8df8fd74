// A consumer as the churn simulation drives it: joins, assigns when it leads, heartbeats, processes
// what it owns and commits, as clients do. All that it believes goes into the ledger, which knows what
// must never be: two owners of a partition in one generation, and a record that nobody processed.
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../src/domain/ErrorCode.ts"
import type { JoinAnswer } from "../../../src/domain/group/GroupAction.ts"
import { type Life, subscription } from "./CoordinatorWorld.ts"

export const GROUP = "churn"
export const TOPIC = "orders"
export const PARTITIONS = 24
const HEARTBEAT_MS = 1000
const SESSION_MS = 6000

export class Ledger {
  readonly problems: Array<string> = []
  generation = 0
  commits = 0
  assignments = 0
  /** By generation: who has said that a partition is its own. */
  private readonly owners = new Map<number, Map<number, string>>()
  /** By partition: records from 0 up to here were processed, each at least once. */
  private readonly processed = Array.from({ length: PARTITIONS }, () => 0)

  assigned(generation: number, owner: string, partitions: ReadonlyArray<number>): void {
    this.assignments++
    this.generation = Math.max(this.generation, generation)
    const owners = this.owners.get(generation) ?? new Map<number, string>()
    this.owners.set(generation, owners)
    for (const partition of partitions) {
      const other = owners.get(partition)
      if (other !== undefined && other !== owner) {
        this.problems.push(`generation ${generation}: ${other} and ${owner} own ${partition}`)
      }
      owners.set(partition, owner)
    }
  }

  ownersIn(generation: number): ReadonlyMap<number, string> {
    return this.owners.get(generation) ?? new Map()
  }

  process(partition: number, from: number, to: number): void {
    const done = this.processed[partition]!
    if (from > done) this.problems.push(`partition ${partition}: ${done} to ${from} was skipped`)
    this.processed[partition] = Math.max(done, to)
  }

  /** A commit that was taken, of a member of that generation. */
  committed(generation: number, partition: number, offset: number): void {
    this.commits++
    if (generation < this.generation) {
      this.problems.push(`generation ${generation} committed in ${this.generation}`)
    }
    if (offset > this.processed[partition]!) {
      this.problems.push(`partition ${partition}: ${offset} committed, not processed`)
    }
  }
}

export class ChurnMember {
  memberId = ""
  pausedUntilMs = 0
  generation = 0
  partitions: ReadonlyArray<number> = []
  readonly instanceId: string | null
  private readonly name: string
  private readonly ledger: Ledger
  private readonly life: Life

  constructor(name: string, instanceId: string | null, ledger: Ledger, life: Life) {
    this.name = name
    this.instanceId = instanceId
    this.ledger = ledger
    this.life = life
  }

  /** Lives until it is interrupted (a crash) or fenced. */
  readonly run: Effect.Effect<void> = Effect.gen({ self: this }, function*() {
    for (;;) {
      const joined = yield* this.join
      if (joined === undefined) return
      const partitions = yield* this.sync(joined)
      if (partitions === "fenced") return
      if (partitions === "again") continue
      this.partitions = partitions
      this.generation = joined.generationId
      // A static member that comes back is the same owner under a new member id.
      const owner = this.instanceId ?? this.memberId
      this.ledger.assigned(joined.generationId, owner, partitions)
      if (!(yield* this.work)) return
      this.partitions = []
    }
  })

  private get identity() {
    return {
      memberId: this.memberId,
      groupInstanceId: this.instanceId,
      generationId: this.generation
    }
  }

  private readonly join = Effect.gen({ self: this }, function*() {
    for (;;) {
      yield* this.unlessPaused
      const joined = yield* Deferred.await(this.life.join(GROUP, {
        memberId: this.memberId,
        clientId: this.name,
        groupInstanceId: this.instanceId,
        sessionTimeoutMs: SESSION_MS,
        rebalanceTimeoutMs: 4000,
        requiresKnownMemberId: this.instanceId === null,
        protocols: [{ name: "range", metadata: subscription([TOPIC]) }]
      }))
      if (joined.errorCode === ErrorCode.FENCED_INSTANCE_ID) return undefined
      this.memberId = joined.memberId
      if (joined.errorCode === ErrorCode.NONE) return joined
      if (joined.errorCode === ErrorCode.UNKNOWN_MEMBER_ID) this.memberId = ""
    }
  })

  private sync(joined: JoinAnswer) {
    return Effect.gen({ self: this }, function*() {
      yield* this.unlessPaused
      this.generation = joined.generationId
      const isLeader = joined.leader === this.memberId && !joined.skipAssignment
      const synced = yield* Deferred.await(this.life.coordinator.sync(GROUP, {
        ...this.identity,
        protocolType: "consumer",
        protocolName: "range",
        assignments: isLeader ? spread(joined.members.map(({ memberId }) => memberId)) : []
      }))
      if (synced.errorCode === ErrorCode.FENCED_INSTANCE_ID) return "fenced"
      if (synced.errorCode === ErrorCode.UNKNOWN_MEMBER_ID) this.memberId = ""
      return synced.errorCode === ErrorCode.NONE ? [...synced.assignment] : "again"
    })
  }

  /** Ends when it has to join again; false when it was fenced. */
  private readonly work = Effect.gen({ self: this }, function*() {
    const positions = new Map(
      this.partitions.map((
        partition
      ) => [partition, this.life.committed(GROUP, TOPIC, partition) ?? 0])
    )
    for (;;) {
      yield* Effect.sleep(HEARTBEAT_MS)
      yield* this.unlessPaused
      for (const [partition, from] of positions) {
        this.ledger.process(partition, from, from + 3)
        const errorCode = yield* this.life.commit(GROUP, this.identity, from + 3, { partition })
        if (errorCode === ErrorCode.NONE) {
          positions.set(partition, from + 3)
          this.ledger.committed(this.generation, partition, from + 3)
        }
      }
      const errorCode = yield* this.life.coordinator.heartbeat(GROUP, this.identity)
      if (errorCode === ErrorCode.NONE) continue
      if (errorCode === ErrorCode.FENCED_INSTANCE_ID) return false
      if (errorCode === ErrorCode.UNKNOWN_MEMBER_ID) this.memberId = ""
      return true
    }
  })

  /** A process that hangs: it does nothing, and knows nothing of it afterwards. */
  private readonly unlessPaused = Effect.suspend(() =>
    Effect.flatMap(
      Clock.currentTimeMillis,
      (nowMs) => this.pausedUntilMs > nowMs ? Effect.sleep(this.pausedUntilMs - nowMs) : Effect.void
    )
  )
}

/** Each partition to one of the members, as bytes of its number. */
const spread = (memberIds: ReadonlyArray<string>) =>
  memberIds.map((memberId, i) => ({
    memberId,
    assignment: Buffer.from(
      Array.from({ length: PARTITIONS }, (_, partition) => partition)
        .filter((partition) => partition % memberIds.length === i)
    )
  }))
