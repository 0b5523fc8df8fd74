// The pulse of a classic member: a heartbeat now and then while it is in a generation, whatever the
// application or a callback is doing meanwhile; and two clocks that it alone looks at: the session,
// which ends when no heartbeat is answered for too long, and the application, which has to poll.
//
// A session is counted from when the last answered heartbeat was sent, so that this side gives up
// no later than the broker does.
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FiberHandle from "effect/FiberHandle"
import * as Latch from "effect/Latch"
import type * as Scope from "effect/Scope"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import { type ClassicMembership, Event } from "../../../domain/membership/ClassicMembership.ts"
import * as GroupVerdict from "../../../domain/membership/GroupVerdict.ts"
import type { ClassicRequests } from "./ClassicRequests.ts"
import type { GroupConnection } from "./GroupConnection.ts"
import type { GroupSettings } from "./GroupSettings.ts"

export interface HeartbeatsOptions {
  readonly settings: GroupSettings
  readonly requests: ClassicRequests
  readonly connection: GroupConnection
  readonly retryBackoffMs: number
  readonly membership: () => ClassicMembership
  readonly tell: (event: Event) => void
}

export class Heartbeats {
  private readonly options: HeartbeatsOptions
  private readonly beating = Latch.makeUnsafe(false)
  private readonly sending: FiberHandle.FiberHandle
  private readonly clock: Clock.Clock
  private polledAtMs: number
  private answeredAtMs = 0
  private nextAtMs = 0
  /** Said once a generation, as the event is not dealt with at once. */
  private hasTold = false
  private hasLost = false

  private constructor(
    options: HeartbeatsOptions,
    sending: FiberHandle.FiberHandle,
    clock: Clock.Clock
  ) {
    this.options = options
    this.sending = sending
    this.clock = clock
    this.polledAtMs = clock.currentTimeMillisUnsafe()
  }

  /** Beats, when it is told to, in fibers of the scope. */
  static make(options: HeartbeatsOptions): Effect.Effect<Heartbeats, never, Scope.Scope> {
    return Effect.gen(function*() {
      const self = new Heartbeats(options, yield* FiberHandle.make(), yield* Clock.Clock)
      yield* Effect.forkScoped(self.loop)
      return self
    })
  }

  /** A generation has begun: the broker has just heard of this member. */
  start(): void {
    this.answeredAtMs = this.clock.currentTimeMillisUnsafe()
    this.nextAtMs = this.answeredAtMs + this.options.settings.heartbeatIntervalMs
    this.hasTold = false
    this.hasLost = false
    this.beating.openUnsafe()
  }

  stop(): void {
    this.beating.closeUnsafe()
  }

  /** This generation is over, though the event that says so may still wait. */
  get isLost(): boolean {
    return this.hasLost
  }

  /** Nothing has been answered for a whole session. */
  get isOverdue(): boolean {
    return this.clock.currentTimeMillisUnsafe() >= this.sessionDeadlineMs
  }

  polled(): void {
    this.polledAtMs = this.clock.currentTimeMillisUnsafe()
  }

  private readonly loop: Effect.Effect<void> = Effect.suspend(() =>
    this.beating.await.pipe(
      Effect.andThen(Effect.suspend(() => Effect.sleep(this.untilNextMs))),
      Effect.andThen(this.beating.await),
      Effect.andThen(Effect.suspend(() => this.tick)),
      Effect.forever
    )
  )

  private get untilNextMs(): number {
    const now = this.clock.currentTimeMillisUnsafe()
    const deadlines = [this.pollDeadlineMs, this.sessionDeadlineMs].filter((at) => at > now)
    return Math.max(1, Math.min(this.nextAtMs, ...deadlines) - now)
  }

  private get pollDeadlineMs(): number {
    return this.polledAtMs + this.options.settings.rebalanceTimeoutMs
  }

  private get sessionDeadlineMs(): number {
    return this.answeredAtMs + this.options.settings.sessionTimeoutMs
  }

  private get tick(): Effect.Effect<void> {
    const now = this.clock.currentTimeMillisUnsafe()
    const { generationId } = this.options.membership()
    if (now >= this.sessionDeadlineMs) {
      this.hasLost = true
      this.tellOnce(Event.SessionExpired({ generationId }))
    }
    if (now >= this.pollDeadlineMs) this.tellOnce(Event.PollOverdue())
    if (now < this.nextAtMs) return Effect.void
    this.nextAtMs = now + this.options.settings.heartbeatIntervalMs
    return Effect.asVoid(FiberHandle.run(this.sending, this.send, { onlyIfMissing: true }))
  }

  /** A membership that is not stable yet does not listen: the next heartbeat hears it again. */
  private tellOnce(event: Event): void {
    if (this.hasTold || this.options.membership().phase !== "Stable") return
    this.hasTold = true
    this.options.tell(event)
  }

  /** Again after a while, when the coordinator has moved or cannot be reached. */
  private readonly send: Effect.Effect<void> = Effect.suspend(() => {
    const membership = this.options.membership()
    const sentAtMs = this.clock.currentTimeMillisUnsafe()
    return this.options.requests.heartbeat(membership).pipe(
      Effect.map((errorCode) => this.isAnswered(membership, errorCode, sentAtMs)),
      Effect.catch((error) =>
        Effect.as(Effect.logDebug(`a heartbeat failed: ${error.message}`), false)
      ),
      Effect.flatMap((isAnswered) =>
        isAnswered
          ? Effect.void
          : Effect.andThen(Effect.sleep(this.options.retryBackoffMs), this.sendIfBeating)
      )
    )
  })

  private readonly sendIfBeating: Effect.Effect<void> = Effect.suspend(() =>
    this.beating.isOpen() ? this.send : Effect.void
  )

  private isAnswered(
    { generationId }: ClassicMembership,
    errorCode: ErrorCode,
    sentAtMs: number
  ): boolean {
    if (generationId !== this.options.membership().generationId) return true
    if (errorCode === ErrorCode.NONE) {
      this.answeredAtMs = sentAtMs
      return true
    }
    const verdict = GroupVerdict.of(errorCode)
    switch (verdict) {
      case "Moved":
        this.options.connection.forget()
        return false
      case "Wait":
        return false
      default:
        this.hasLost ||= verdict !== "Rejoin"
        this.tellOnce(Event.HeartbeatRefused({ generationId, errorCode }))
        return true
    }
  }
}
