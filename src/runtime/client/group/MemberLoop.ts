// What members of both protocols have in common: one fiber that takes events, one after the other,
// has a pure state machine decide what they ask for, and performs it, the application's callbacks
// included, before it takes the next. A callback that dies ends the membership; so does a defect of
// ours.
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import { MembershipFailure } from "../../../domain/membership/MembershipFailure.ts"
import * as ClientError from "../ClientError.ts"
import { LEAVE_TIMEOUT_MS } from "./GroupSettings.ts"

export interface MemberMachine<Event, Action> {
  readonly step: (event: Event) => ReadonlyArray<Action>
  readonly perform: (action: Action) => Effect.Effect<void>
  /**
   * What has happened instead of this action, which then makes no sense any more, nor those behind
   * it.
   */
  readonly overtaken: (action: Action) => Event | undefined
  readonly isEnded: () => boolean
  readonly leaveAsked: Event
  readonly listenerDied: (detail: string) => Event
}

/** Each source says what it has to say once until it is heard, so that few wait. */
const EVENTS_MAX = 64

export class MemberLoop<Event, Action> {
  private readonly groupId: string
  private readonly machine: MemberMachine<Event, Action>
  private readonly events: Queue.Queue<Event>
  private readonly broken = Deferred.makeUnsafe<never, ClientError.ClientError>()
  private readonly over = Deferred.makeUnsafe<void>()
  isOver = false

  private constructor(
    groupId: string,
    machine: MemberMachine<Event, Action>,
    events: Queue.Queue<Event>
  ) {
    this.groupId = groupId
    this.machine = machine
    this.events = events
  }

  /** Leaves when the scope closes. */
  static make<Event, Action>(
    groupId: string,
    machine: MemberMachine<Event, Action>
  ): Effect.Effect<MemberLoop<Event, Action>, never, Scope.Scope> {
    return Effect.gen(function*() {
      const self = new MemberLoop(groupId, machine, yield* Queue.bounded<Event>(EVENTS_MAX))
      yield* Effect.forkScoped(self.run)
      return self
    })
  }

  readonly failure: Effect.Effect<never, ClientError.ClientError> = Deferred.await(this.broken)

  readonly tell = (event: Event): void => {
    Queue.offerUnsafe(this.events, event)
  }

  readonly offer = (event: Event): Effect.Effect<void> =>
    Effect.asVoid(Queue.offer(this.events, event))

  readonly leave: Effect.Effect<void> = Effect.suspend(() => {
    if (this.isOver) return Effect.void
    return Effect.andThen(this.offer(this.machine.leaveAsked), Deferred.await(this.over)).pipe(
      Effect.timeoutOrElse({
        duration: LEAVE_TIMEOUT_MS,
        orElse: () => Effect.logWarning(`leaving the group ${this.groupId} takes too long`)
      })
    )
  })

  /**
   * Nothing happens afterwards. `lastError` is what a failure without a reason of its own stands
   * for.
   */
  end(
    failure: MembershipFailure | undefined,
    lastError: ClientError.ClientError | undefined
  ): void {
    this.isOver = true
    if (failure !== undefined) {
      const error = errorOf(failure) ?? lastError ?? ClientError.closed("the coordinator is silent")
      Deferred.doneUnsafe(this.broken, Exit.fail(error))
    }
    Deferred.doneUnsafe(this.over, Exit.void)
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
          Effect.logError(`the member of ${this.groupId} is given up`, cause),
          Effect.sync(() =>
            this.end(
              MembershipFailure.Unanswered(),
              ClientError.closed("the membership failed")
            )
          )
        )
    )
  )

  private readonly handle: (event: Event) => Effect.Effect<void> = Effect.fnUntraced(
    function*(this: MemberLoop<Event, Action>, event: Event) {
      for (const action of this.machine.step(event)) {
        const instead = this.machine.overtaken(action)
        if (instead !== undefined) return yield* this.handle(instead)
        const exit = yield* Effect.exit(this.machine.perform(action))
        if (Exit.isSuccess(exit)) continue
        if (Cause.hasInterruptsOnly(exit.cause)) return yield* Effect.interrupt
        yield* Effect.logError(`the listener of the group ${this.groupId} died`, exit.cause)
        // What is on its way to its end goes on; else that is what happens next.
        if (this.machine.isEnded()) continue
        const detail = Cause.pretty(exit.cause).split("\n")[0]!
        return yield* this.handle(this.machine.listenerDied(detail))
      }
    }
  )
}

/** Undefined where the last error of the requests says it. */
const errorOf = (failure: MembershipFailure): ClientError.ClientError | undefined => {
  switch (failure._tag) {
    case "Refused":
      return ClientError.refused(failure.api, failure.errorCode, failure.detail)
    case "Malformed":
      return ClientError.malformed(failure.api, failure.detail)
    case "ListenerDied":
      return new ClientError.ClientError({
        reason: ClientError.Reason.ListenerDied({ detail: failure.detail })
      })
    case "Unanswered":
      return undefined
  }
}
