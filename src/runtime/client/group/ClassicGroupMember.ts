// A member of a classic group, running: it performs what `ClassicMembershipStep` asks for. One
// fiber takes events, one after the other, and awaits the application's callbacks between them;
// requests to the broker and heartbeats go on beside it, so that a slow callback costs no session.
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberHandle from "effect/FiberHandle"
import * as Queue from "effect/Queue"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import { protocolOf } from "../../../domain/assignor/ConsumerAssignor.ts"
import {
  type Action,
  type ClassicMembership,
  Event,
  type Failure,
  make as makeMembership
} from "../../../domain/membership/ClassicMembership.ts"
import { step } from "../../../domain/membership/ClassicMembershipStep.ts"
import * as ClientError from "../ClientError.ts"
import type { Cluster } from "../Cluster.ts"
import type { GroupIdentity, GroupListener, GroupMembership } from "../GroupContract.ts"
import * as Retry from "../Retry.ts"
import { ClassicRequests } from "./ClassicRequests.ts"
import { GroupConnection } from "./GroupConnection.ts"
import { type GroupSettings, LEAVE_TIMEOUT_MS } from "./GroupSettings.ts"
import { GroupTopics } from "./GroupTopics.ts"
import { Heartbeats } from "./Heartbeats.ts"
import { PartitionOwnership } from "./PartitionOwnership.ts"

/** Each source says what it has to say once until it is heard, so that few wait. */
const EVENTS_MAX = 64

export class ClassicGroupMember implements GroupMembership {
  private readonly settings: GroupSettings
  private readonly config: Cluster["Service"]["config"]
  private readonly connection: GroupConnection
  private readonly topics: GroupTopics
  private readonly requests: ClassicRequests
  private readonly ownership: PartitionOwnership
  private readonly events: Queue.Queue<Event>
  private readonly requesting: FiberHandle.FiberHandle
  private heartbeats!: Heartbeats
  private membership: ClassicMembership
  private readonly broken = Deferred.makeUnsafe<never, ClientError.ClientError>()
  private readonly over = Deferred.makeUnsafe<void>()
  private isOver = false
  /** Joins that failed, one after the other. */
  private attempts = 0
  private lastError: ClientError.ClientError | undefined

  private constructor(
    cluster: Cluster["Service"],
    settings: GroupSettings,
    listener: GroupListener,
    connection: GroupConnection,
    parts: {
      readonly events: Queue.Queue<Event>
      readonly requesting: FiberHandle.FiberHandle
    }
  ) {
    this.settings = settings
    this.config = cluster.config
    this.connection = connection
    this.topics = new GroupTopics(cluster, settings.topics)
    this.requests = new ClassicRequests(settings, connection, this.topics)
    this.ownership = new PartitionOwnership(listener)
    this.events = parts.events
    this.requesting = parts.requesting
    const protocol = protocolOf(settings.assignors)
    this.membership = makeMembership(protocol, settings.groupInstanceId !== null)
  }

  /** Joins at once, in the background. Leaves when the scope closes. */
  static make(
    cluster: Cluster["Service"],
    settings: GroupSettings,
    listener: GroupListener
  ): Effect.Effect<GroupMembership, never, Scope.Scope> {
    return Effect.gen(function*() {
      const connection = yield* GroupConnection.make(cluster, settings.groupId)
      const self = new ClassicGroupMember(cluster, settings, listener, connection, {
        events: yield* Queue.bounded<Event>(EVENTS_MAX),
        requesting: yield* FiberHandle.make()
      })
      self.heartbeats = yield* Heartbeats.make({
        settings,
        requests: self.requests,
        connection,
        retryBackoffMs: cluster.config.retryBackoffMs,
        membership: () => self.membership,
        tell: self.tell
      })
      yield* Effect.forkScoped(
        self.topics.watch((reason) => self.tell(Event.GroupChanged({ reason })))
      )
      yield* Effect.forkScoped(self.run)
      yield* Effect.addFinalizer(() => self.leave)
      self.tell(Event.Started())
      return self
    })
  }

  readonly identity = (): GroupIdentity | undefined => {
    const { generationId, memberId } = this.membership
    if (this.isOver || generationId < 0) return undefined
    return { memberId, generationId, groupInstanceId: this.settings.groupInstanceId }
  }

  readonly assigned = () => this.ownership.assigned

  readonly polled = (): void => {
    this.heartbeats.polled()
    if (this.membership.phase === "Away") this.tell(Event.Polled())
  }

  readonly failure: Effect.Effect<never, ClientError.ClientError> = Deferred.await(this.broken)

  readonly leave: Effect.Effect<void> = Effect.suspend(() => {
    if (this.isOver) return Effect.void
    return Effect.andThen(
      Queue.offer(this.events, Event.LeaveAsked()),
      Deferred.await(this.over)
    ).pipe(
      Effect.timeoutOrElse({
        duration: LEAVE_TIMEOUT_MS,
        orElse: () => Effect.logWarning(`leaving the group ${this.settings.groupId} takes too long`)
      })
    )
  })

  private readonly tell = (event: Event): void => {
    Queue.offerUnsafe(this.events, event)
  }

  private readonly run: Effect.Effect<void> = Effect.suspend(() =>
    Queue.take(this.events).pipe(
      Effect.flatMap((event) => this.handle(event)),
      Effect.repeat({ until: () => this.isOver })
    )
  ).pipe(
    Effect.catchCause((cause) =>
      Cause.hasInterruptsOnly(cause)
        ? Effect.void
        : Effect.andThen(
          Effect.logError(`the member of ${this.settings.groupId} is given up`, cause),
          Effect.sync(() => this.end(ClientError.closed("the membership failed")))
        )
    )
  )

  private readonly handle: (event: Event) => Effect.Effect<void> = Effect.fnUntraced(
    function*(this: ClassicGroupMember, event: Event) {
      const { actions, membership } = step(this.membership, event)
      this.membership = membership
      for (const action of actions) {
        const exit = yield* Effect.exit(this.perform(action))
        if (Exit.isSuccess(exit)) continue
        if (Cause.hasInterruptsOnly(exit.cause)) return yield* Effect.interrupt
        yield* Effect.logError("the listener of a group died", exit.cause)
        // What is on its way to its end goes on; else that is what happens next.
        if (this.membership.phase === "Ended") continue
        const detail = Cause.pretty(exit.cause).split("\n")[0]!
        return yield* this.handle(Event.ListenerDied({ detail }))
      }
    }
  )

  private perform(action: Action): Effect.Effect<void> {
    switch (action._tag) {
      case "Assign":
        return this.ownership.assign(action.partitions)
      case "Revoke":
        return this.ownership.revoke(action.partitions)
      case "Lose":
        return this.ownership.lose(action.partitions)
      case "Join":
        return this.join(action.reason, action.isDelayed)
      case "Sync":
        this.attempts = 0
        this.heartbeats.start()
        return this.request(
          this.requests.sync(this.membership, action.protocolName, action.leading)
        )
      case "FindCoordinator":
        return Effect.sync(() => this.connection.forget())
      case "Leave":
        this.heartbeats.stop()
        return this.requests.leave(action.memberId, action.reason).pipe(
          Effect.timeout(this.config.requestTimeoutMs),
          Effect.catch((error) =>
            Effect.logDebug(`the group was left in silence: ${error.message}`)
          )
        )
      case "End":
        return Effect.andThen(
          FiberHandle.clear(this.requesting),
          Effect.sync(() =>
            this.end(action.failure === undefined ? undefined : this.errorOf(action.failure))
          )
        )
    }
  }

  private readonly join = Effect.fnUntraced(
    function*(this: ClassicGroupMember, reason: string | null, isDelayed: boolean) {
      this.heartbeats.stop()
      const { retryBackoffMs, retryBackoffMsMax } = this.config
      const delayMs = isDelayed
        ? Retry.delayMs(++this.attempts, retryBackoffMs, retryBackoffMsMax, yield* Random.next)
        : 0
      const joining = Effect.suspend(() => this.requests.join(this.membership, reason))
      yield* this.request(
        delayMs > 0 ? Effect.andThen(Effect.sleep(delayMs), joining) : joining
      )
    }
  )

  /** Beside this fiber; what it brings is an event. */
  private request(request: Effect.Effect<Event, ClientError.ClientError>): Effect.Effect<void> {
    return request.pipe(
      Effect.catch((error) =>
        Effect.sync(() => {
          this.lastError = error
          return Event.RequestFailed({ detail: error.message, isFinal: !error.isRetriable })
        })
      ),
      Effect.flatMap((event) => Queue.offer(this.events, event)),
      (requesting) => FiberHandle.run(this.requesting, requesting),
      Effect.asVoid
    )
  }

  private errorOf(failure: Failure): ClientError.ClientError {
    switch (failure._tag) {
      case "Refused":
        return ClientError.refused(failure.api, failure.errorCode)
      case "Malformed":
        return ClientError.malformed(failure.api, failure.detail)
      case "ListenerDied":
        return new ClientError.ClientError({
          reason: ClientError.Reason.ListenerDied({ detail: failure.detail })
        })
      case "Unanswered":
        return this.lastError ?? ClientError.closed("the coordinator did not answer")
    }
  }

  private end(error: ClientError.ClientError | undefined): void {
    this.isOver = true
    this.heartbeats.stop()
    this.ownership.clear()
    if (error !== undefined) Deferred.doneUnsafe(this.broken, Exit.fail(error))
    Deferred.doneUnsafe(this.over, Exit.void)
  }
}
