// The pulse of a member of the consumer protocol (KIP-848), which is all that it ever sends:
// heartbeats go on, at the interval that the broker asks for, whatever the application or a
// callback is doing; one goes out at once when there is something to say. What was said and heard
// is not said again, until a request fails: then everything is, because nobody knows what the
// broker has got.
//
// The member's epoch is kept here, because each heartbeat has to carry the newest.
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FiberHandle from "effect/FiberHandle"
import * as Latch from "effect/Latch"
import type * as Scope from "effect/Scope"
import { randomUUID } from "node:crypto"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import { Event } from "../../../domain/membership/ConsumerMembership.ts"
import * as GroupVerdict from "../../../domain/membership/GroupVerdict.ts"
import type { ConsumerGroupHeartbeat } from "../../../domain/protocol/ConsumerGroupHeartbeat.ts"
import * as TopicPartitions from "../../../domain/TopicPartitions.ts"
import type * as Api from "../../../domain/wire/Api.ts"
import type { ClientError } from "../ClientError.ts"
import type { ConsumerRequests } from "./ConsumerRequests.ts"
import type { GroupConnection } from "./GroupConnection.ts"
import type { GroupSettings } from "./GroupSettings.ts"

type Partitions = TopicPartitions.TopicPartitions

export interface ConsumerHeartbeatsOptions {
  readonly settings: GroupSettings
  readonly connection: GroupConnection
  readonly requests: ConsumerRequests
  readonly retryBackoffMs: number
  readonly tell: (event: Event) => void
  readonly onTarget: (target: Partitions) => void
  readonly onError: (error: ClientError) => void
}

export class ConsumerHeartbeats {
  readonly memberId = randomUUID()
  private readonly options: ConsumerHeartbeatsOptions
  private readonly clock: Clock.Clock
  private readonly sending: FiberHandle.FiberHandle
  private readonly beating = Latch.makeUnsafe(false)
  private readonly awake = Latch.makeUnsafe(false)
  private memberEpoch = 0
  private owned: Partitions = TopicPartitions.NONE
  private saidOwned: Partitions = TopicPartitions.NONE
  private saysAll = true
  private isSending = false
  /** Something to say has come up since the last heartbeat was sent. */
  private isUrgent = false
  private polledAtMs: number
  private answeredAtMs = 0
  private nextAtMs = 0
  private hasTold = false
  private hasLost = false

  private constructor(
    options: ConsumerHeartbeatsOptions,
    sending: FiberHandle.FiberHandle,
    clock: Clock.Clock
  ) {
    this.options = options
    this.sending = sending
    this.clock = clock
    this.polledAtMs = this.nowMs
  }

  /** Beats, when it is told to, in fibers of the scope. */
  static make(
    options: ConsumerHeartbeatsOptions
  ): Effect.Effect<ConsumerHeartbeats, never, Scope.Scope> {
    return Effect.gen(function*() {
      const self = new ConsumerHeartbeats(options, yield* FiberHandle.make(), yield* Clock.Clock)
      yield* Effect.forkScoped(self.loop)
      return self
    })
  }

  /** Of the member that the broker knows; undefined while it knows none. */
  get epoch(): number | undefined {
    return this.beating.isOpen() && this.memberEpoch > 0 ? this.memberEpoch : undefined
  }

  /** The member is out, though the event that says so may still wait. */
  get isLost(): boolean {
    return this.hasLost
  }

  /** As somebody who owns nothing. */
  readonly join: Effect.Effect<void> = Effect.suspend(() => {
    this.memberEpoch = 0
    this.owned = TopicPartitions.NONE
    this.saidOwned = TopicPartitions.NONE
    this.saysAll = true
    this.hasTold = false
    this.hasLost = false
    this.answeredAtMs = this.nowMs
    this.nextAtMs = this.nowMs
    this.beating.openUnsafe()
    this.awake.openUnsafe()
    return Effect.void
  })

  acknowledge(owned: Partitions): void {
    this.owned = owned
    this.hurry()
  }

  /** Other topics are wanted. */
  sayAll(): void {
    this.saysAll = true
    this.hurry()
  }

  polled(): void {
    this.polledAtMs = this.nowMs
  }

  readonly stop: Effect.Effect<void> = Effect.suspend(() => {
    this.beating.closeUnsafe()
    this.isSending = false
    return FiberHandle.clear(this.sending)
  })

  private hurry(): void {
    this.isUrgent = true
    this.nextAtMs = this.nowMs
    this.awake.openUnsafe()
  }

  private get nowMs(): number {
    return this.clock.currentTimeMillisUnsafe()
  }

  private get sessionDeadlineMs(): number {
    return this.answeredAtMs + this.options.settings.sessionTimeoutMs
  }

  private get pollDeadlineMs(): number {
    return this.polledAtMs + this.options.settings.rebalanceTimeoutMs
  }

  private readonly loop: Effect.Effect<void> = Effect.suspend(() =>
    this.beating.await.pipe(
      Effect.andThen(
        Effect.raceFirst(
          this.awake.await,
          Effect.suspend(() => Effect.sleep(this.untilNextMs))
        )
      ),
      Effect.andThen(Effect.sync(() => this.awake.closeUnsafe())),
      Effect.andThen(Effect.suspend(() => this.beating.isOpen() ? this.tick : Effect.void)),
      Effect.forever
    )
  )

  private get untilNextMs(): number {
    const now = this.nowMs
    const deadlines = [this.pollDeadlineMs, this.sessionDeadlineMs].filter((at) => at > now)
    // The end of a request that is under way wakes the loop.
    if (!this.isSending) deadlines.push(this.nextAtMs)
    return Math.max(
      1,
      Math.min(this.options.settings.heartbeatIntervalMs + now, ...deadlines) - now
    )
  }

  private get tick(): Effect.Effect<void> {
    const now = this.nowMs
    if (now >= this.sessionDeadlineMs) this.lose(Event.Fenced())
    else if (now >= this.pollDeadlineMs) this.tellOnce(Event.PollOverdue())
    if (now < this.nextAtMs || this.isSending || !this.beating.isOpen()) return Effect.void
    this.isSending = true
    return Effect.asVoid(FiberHandle.run(this.sending, this.send))
  }

  private tellOnce(event: Event): void {
    if (this.hasTold) return
    this.hasTold = true
    this.options.tell(event)
  }

  /** No more heartbeats until the member joins anew, if it does. */
  private lose(event: Event): void {
    this.hasLost = true
    this.beating.closeUnsafe()
    this.hasTold = true
    this.options.tell(event)
  }

  private readonly send: Effect.Effect<void> = Effect.suspend(() => {
    const sentAtMs = this.nowMs
    const { memberEpoch, memberId, owned, saidOwned, saysAll } = this
    this.saysAll = false
    this.isUrgent = false
    const isOwnedSaid = !saysAll && TopicPartitions.equals(owned, saidOwned)
    return this.options.requests.heartbeat({
      memberId,
      memberEpoch,
      saysAll,
      owned: isOwnedSaid ? undefined : owned
    }).pipe(
      Effect.map((answer) => {
        if (answer.errorCode !== ErrorCode.NONE) return this.refused(answer)
        this.memberEpoch = answer.memberEpoch
        this.saidOwned = owned
        this.answeredAtMs = sentAtMs
        this.nextAtMs = sentAtMs + (this.isUrgent ? 0 : answer.heartbeatIntervalMs)
        if (answer.assignment !== null) {
          this.options.onTarget(TopicPartitions.fromList(answer.assignment.topicPartitions))
        }
      }),
      Effect.catch((error) => Effect.sync(() => this.unanswered(error))),
      Effect.andThen(Effect.sync(() => {
        this.isSending = false
        this.awake.openUnsafe()
      }))
    )
  })

  private unanswered(error: ClientError): void {
    if (error.isRetriable) return this.later()
    this.options.onError(error)
    this.lose(Event.Unanswered())
  }

  private later(): void {
    this.saysAll = true
    this.nextAtMs = this.nowMs + this.options.retryBackoffMs
  }

  private refused(
    { errorCode, errorMessage: detail }: Api.Response<typeof ConsumerGroupHeartbeat>
  ): void {
    switch (GroupVerdict.of(errorCode)) {
      case "Moved":
        this.options.connection.forget()
        return this.later()
      case "Wait":
        return this.later()
      case "Outdated":
      case "Forgotten":
        return this.lose(Event.Fenced())
      case "Rejoin":
      case "Fatal":
        return this.lose(Event.Refused({ errorCode, detail }))
    }
  }
}
