// A member of a group of the consumer protocol (KIP-848), running: it performs what
// `ConsumerMembership` asks for, while heartbeats go on beside it.
import * as Effect from "effect/Effect"
import * as FiberHandle from "effect/FiberHandle"
import type * as Scope from "effect/Scope"
import {
  type Action,
  type ConsumerMembership,
  Event,
  OUT,
  step
} from "../../../domain/membership/ConsumerMembership.ts"
import type { TopicPartitions } from "../../../domain/TopicPartitions.ts"
import type * as ClientError from "../ClientError.ts"
import type { Cluster } from "../cluster/Cluster.ts"
import { ConsumerHeartbeats } from "./ConsumerHeartbeats.ts"
import { ConsumerRequests } from "./ConsumerRequests.ts"
import { GroupConnection } from "./GroupConnection.ts"
import type { GroupIdentity, GroupListener, GroupMembership } from "./GroupContract.ts"
import type { GroupSettings } from "./GroupSettings.ts"
import { GroupTopics } from "./GroupTopics.ts"
import { MemberLoop } from "./MemberLoop.ts"
import { PartitionOwnership } from "./PartitionOwnership.ts"
import { TargetNames } from "./TargetNames.ts"

interface Parts {
  readonly config: Cluster["Service"]["config"]
  readonly settings: GroupSettings
  readonly requests: ConsumerRequests
  readonly names: TargetNames
  readonly ownership: PartitionOwnership
  readonly resolving: FiberHandle.FiberHandle
}

export class ConsumerGroupMember implements GroupMembership {
  private readonly parts: Parts
  private membership: ConsumerMembership = OUT
  private heartbeats!: ConsumerHeartbeats
  private loop!: MemberLoop<Event, Action>
  private lastError: ClientError.ClientError | undefined

  private constructor(parts: Parts) {
    this.parts = parts
  }

  /** Joins at once, in the background. Leaves when the scope closes. */
  static make(
    cluster: Cluster["Service"],
    settings: GroupSettings,
    listener: GroupListener
  ): Effect.Effect<GroupMembership, never, Scope.Scope> {
    return Effect.gen(function*() {
      const connection = yield* GroupConnection.make(cluster, settings.groupId)
      const topics = new GroupTopics(cluster, settings.topics)
      const requests = new ConsumerRequests(settings, connection, topics)
      const resolving = yield* FiberHandle.make()
      const self = new ConsumerGroupMember({
        config: cluster.config,
        settings,
        requests,
        names: new TargetNames(cluster, settings.topics),
        ownership: new PartitionOwnership(listener),
        resolving
      })
      const loop = yield* MemberLoop.make<Event, Action>(settings.groupId, self.machine)
      const resolve = yield* FiberHandle.runtime(resolving)()
      self.loop = loop
      self.heartbeats = yield* ConsumerHeartbeats.make({
        settings,
        connection,
        requests,
        retryBackoffMs: cluster.config.retryBackoffMs,
        tell: loop.tell,
        onTarget: (target) => {
          resolve(self.resolve(target))
        },
        onError: (error) => {
          self.lastError = error
        }
      })
      yield* Effect.forkScoped(topics.watch(() => self.heartbeats.sayAll()))
      yield* Effect.addFinalizer(() => self.leave)
      loop.tell(Event.Started())
      return self
    })
  }

  readonly identity = (): GroupIdentity | undefined => {
    const { epoch, memberId } = this.heartbeats
    if (this.loop.isOver || epoch === undefined) return undefined
    const { groupInstanceId } = this.parts.settings
    return { memberId, generationId: epoch, groupInstanceId }
  }

  readonly assigned = () => this.parts.ownership.assigned

  readonly polled = (): void => {
    this.heartbeats.polled()
    if (this.membership.phase === "Away") this.loop.tell(Event.Polled())
  }

  get failure(): Effect.Effect<never, ClientError.ClientError> {
    return this.loop.failure
  }

  get leave(): Effect.Effect<void> {
    return this.loop.leave
  }

  private get machine() {
    return {
      step: (event: Event) => {
        const { actions, membership } = step(this.membership, event)
        this.membership = membership
        return actions
      },
      perform: (action: Action) => this.perform(action),
      overtaken: ({ _tag }: Action) =>
        _tag === "Assign" && this.heartbeats.isLost ? Event.Fenced() : undefined,
      isEnded: () => this.membership.phase === "Ended",
      leaveAsked: Event.LeaveAsked(),
      listenerDied: (detail: string) => Event.ListenerDied({ detail })
    }
  }

  /** The newest target replaces one that is still being named. */
  private resolve(target: TopicPartitions): Effect.Effect<void> {
    return this.parts.names.resolve(
      target,
      (named) => this.loop.offer(Event.Targeted({ target: named }))
    )
  }

  private perform(action: Action): Effect.Effect<void> {
    const { names, ownership, resolving } = this.parts
    switch (action._tag) {
      case "Join":
        return Effect.andThen(FiberHandle.clear(resolving), this.heartbeats.join)
      case "Assign":
        return ownership.assign(names.byName(action.partitions))
      case "Revoke":
        return ownership.revoke(names.byName(action.partitions))
      case "Lose":
        return ownership.lose(names.byName(action.partitions))
      case "Acknowledge":
        return Effect.sync(() => this.heartbeats.acknowledge(action.owned))
      case "Leave":
        return this.sayLeaving
      case "End":
        return Effect.andThen(
          this.heartbeats.stop,
          Effect.sync(() => {
            ownership.clear()
            this.loop.end(action.failure, this.lastError)
          })
        )
    }
  }

  private readonly sayLeaving: Effect.Effect<void> = Effect.suspend(() =>
    Effect.andThen(
      this.heartbeats.stop,
      this.parts.requests.leave(this.heartbeats.memberId)
    ).pipe(
      Effect.timeout(this.parts.config.requestTimeoutMs),
      Effect.catch((error) => Effect.logDebug(`the group was left in silence: ${error.message}`))
    )
  )
}
