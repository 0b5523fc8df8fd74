// A member of a classic group, running: it performs what `ClassicMembershipStep` asks for. Requests
// to the broker and heartbeats go on beside the loop of events, so that a slow callback costs no
// session.
import * as Effect from "effect/Effect"
import * as FiberHandle from "effect/FiberHandle"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import { protocolOf } from "../../../domain/assignor/ConsumerAssignor.ts"
import {
  type Action,
  type ClassicMembership,
  Event,
  make as makeMembership
} from "../../../domain/membership/ClassicMembership.ts"
import { step } from "../../../domain/membership/ClassicMembershipStep.ts"
import type * as ClientError from "../ClientError.ts"
import type { Cluster } from "../cluster/Cluster.ts"
import * as Retry from "../cluster/Retry.ts"
import { ClassicRequests } from "./ClassicRequests.ts"
import { GroupConnection } from "./GroupConnection.ts"
import type { GroupIdentity, GroupListener, GroupMembership } from "./GroupContract.ts"
import type { GroupSettings } from "./GroupSettings.ts"
import { GroupTopics } from "./GroupTopics.ts"
import { Heartbeats } from "./Heartbeats.ts"
import { MemberLoop } from "./MemberLoop.ts"
import { PartitionOwnership } from "./PartitionOwnership.ts"

interface Parts {
  readonly config: Cluster["Service"]["config"]
  readonly settings: GroupSettings
  readonly connection: GroupConnection
  readonly requests: ClassicRequests
  readonly ownership: PartitionOwnership
  readonly requesting: FiberHandle.FiberHandle
}

export class ClassicGroupMember implements GroupMembership {
  private readonly parts: Parts
  private membership: ClassicMembership
  private heartbeats!: Heartbeats
  private loop!: MemberLoop<Event, Action>
  /** Joins that failed, one after the other. */
  private attempts = 0
  private lastError: ClientError.ClientError | undefined

  private constructor(parts: Parts) {
    this.parts = parts
    const { assignors, groupInstanceId } = parts.settings
    this.membership = makeMembership(protocolOf(assignors), groupInstanceId !== null)
  }

  /** Joins at once, in the background. Leaves when the scope closes. */
  static make(
    cluster: Cluster["Service"],
    settings: GroupSettings,
    listener: GroupListener
  ): Effect.Effect<GroupMembership, never, Scope.Scope> {
    return Effect.gen(function*() {
      const { config } = cluster
      const connection = yield* GroupConnection.make(cluster, settings.groupId)
      const topics = new GroupTopics(cluster, settings.topics)
      const requests = new ClassicRequests(settings, connection, topics)
      const ownership = new PartitionOwnership(listener)
      const requesting = yield* FiberHandle.make()
      const self = new ClassicGroupMember({
        config,
        settings,
        connection,
        requests,
        ownership,
        requesting
      })
      const loop = yield* MemberLoop.make<Event, Action>(settings.groupId, self.machine)
      self.loop = loop
      self.heartbeats = yield* Heartbeats.make({
        settings,
        requests,
        connection,
        retryBackoffMs: config.retryBackoffMs,
        membership: () => self.membership,
        tell: loop.tell
      })
      yield* Effect.forkScoped(
        topics.watch((reason) => loop.tell(Event.GroupChanged({ reason })))
      )
      yield* Effect.addFinalizer(() => self.leave)
      loop.tell(Event.Started())
      return self
    })
  }

  readonly identity = (): GroupIdentity | undefined => {
    const { generationId, memberId } = this.membership
    if (this.loop.isOver || generationId < 0) return undefined
    return { memberId, generationId, groupInstanceId: this.parts.settings.groupInstanceId }
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
        _tag === "Assign" && this.heartbeats.isLost ? Event.GenerationLost() : undefined,
      isEnded: () => this.membership.phase === "Ended",
      leaveAsked: Event.LeaveAsked(),
      listenerDied: (detail: string) => Event.ListenerDied({ detail })
    }
  }

  private perform(action: Action): Effect.Effect<void> {
    const { connection, ownership, requesting, requests } = this.parts
    switch (action._tag) {
      case "Assign":
        return ownership.assign(action.partitions)
      case "Revoke":
        return ownership.revoke(action.partitions)
      case "Lose":
        return ownership.lose(action.partitions)
      case "Join":
        return this.join(action.reason, action.isDelayed)
      case "Sync":
        this.attempts = 0
        this.heartbeats.start()
        return this.request(requests.sync(this.membership, action.protocolName, action.leading))
      case "FindCoordinator":
        return Effect.sync(() => connection.forget())
      case "Leave":
        return this.sayLeaving(action.memberId, action.reason)
      case "End":
        return Effect.andThen(
          FiberHandle.clear(requesting),
          Effect.sync(() => {
            this.heartbeats.stop()
            ownership.clear()
            this.loop.end(action.failure, this.lastError)
          })
        )
    }
  }

  private sayLeaving(memberId: string, reason: string): Effect.Effect<void> {
    this.heartbeats.stop()
    return this.parts.requests.leave(memberId, reason).pipe(
      Effect.timeout(this.parts.config.requestTimeoutMs),
      Effect.catch((error) => Effect.logDebug(`the group was left in silence: ${error.message}`))
    )
  }

  private readonly join = Effect.fnUntraced(
    function*(this: ClassicGroupMember, reason: string | null, isDelayed: boolean) {
      this.heartbeats.stop()
      const { retryBackoffMs, retryBackoffMsMax } = this.parts.config
      const delayMs = isDelayed
        ? Retry.delayMs(++this.attempts, retryBackoffMs, retryBackoffMsMax, yield* Random.next)
        : 0
      const joining = Effect.suspend(() => this.parts.requests.join(this.membership, reason))
      yield* this.request(
        delayMs > 0 ? Effect.andThen(Effect.sleep(delayMs), joining) : joining
      )
    }
  )

  /** Beside the loop; what it brings is an event. */
  private request(request: Effect.Effect<Event, ClientError.ClientError>): Effect.Effect<void> {
    return request.pipe(
      Effect.catch((error) =>
        Effect.sync(() => {
          this.lastError = error
          return Event.RequestFailed({
            detail: error.message,
            isFinal: !error.isRetriable,
            isLost: this.heartbeats.isOverdue
          })
        })
      ),
      Effect.flatMap(this.loop.offer),
      (requesting) => FiberHandle.run(this.parts.requesting, requesting),
      Effect.asVoid
    )
  }
}
