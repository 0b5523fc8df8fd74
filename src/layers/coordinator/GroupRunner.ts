// One group, running: its state machine with real timers, storage, and clients that wait. It is of the
// classic or of the consumer protocol, and may change from one to the other between two events.
import type { ErrorCode } from "../../domain/ErrorCode.ts"
import type { ConsumerGroupWorld } from "../../domain/group/consumer/ConsumerGroup.ts"
import * as ConsumerStep from "../../domain/group/consumer/ConsumerStep.ts"
import {
  type ConsumerAction,
  type ConsumerTimer,
  type HeartbeatAnswer,
  refusal
} from "../../domain/group/consumer/ConsumerTransition.ts"
import type { GroupLimits } from "../../domain/group/Group.ts"
import {
  type GroupAction,
  type JoinAnswer,
  type LeaveAnswer,
  REFUSED_JOIN,
  REFUSED_SYNC,
  type SyncAnswer,
  type TimerKey
} from "../../domain/group/GroupAction.ts"
import type { GroupEvent, RequestId } from "../../domain/group/GroupEvent.ts"
import * as AnyGroup from "../../domain/group/migration/AnyGroup.ts"
import * as AnyStep from "../../domain/group/migration/AnyStep.ts"
import type { MigrationPolicy } from "../../domain/group/migration/Migration.ts"
import * as Step from "../../domain/group/Step.ts"
import * as GroupTimers from "./GroupTimers.ts"
import { SerialRunner, type Stepped, type Write } from "./SerialRunner.ts"

export type GroupAnswer = JoinAnswer | SyncAnswer | LeaveAnswer | HeartbeatAnswer | ErrorCode

/** What a group needs of the coordinator. */
export interface RunnerWorld {
  readonly limits: GroupLimits
  readonly policy: MigrationPolicy
  /** The broker's topics and settings as they are now. */
  readonly consumer: () => ConsumerGroupWorld
  readonly nowMs: () => number
  readonly timers: GroupTimers.GroupTimers
  readonly answer: (requestId: RequestId, answer: GroupAnswer) => void
  readonly write: Write
  readonly onStep: () => void
}

/** A timer whose event could not be stored rings again. */
const RETRY_MS = 1000

export class GroupRunner
  extends SerialRunner<AnyGroup.AnyGroup, AnyGroup.AnyEvent, AnyGroup.AnyAction>
{
  private readonly world: RunnerWorld

  constructor(value: AnyGroup.AnyGroup, world: RunnerWorld) {
    super(value, world.write, world.onStep)
    this.world = world
  }

  /** Takes up a group that was loaded. */
  resume(): void {
    const { consumer, limits, nowMs } = this.world
    if (this.value._tag === "Consumer") {
      for (const action of ConsumerStep.resume(this.value.group, consumer())) {
        this.performConsumer(action)
      }
      return
    }
    const { actions, group } = Step.resume(this.value.group, nowMs(), limits)
    this.value = AnyGroup.classic(group)
    for (const action of actions) this.performClassic(action)
  }

  protected step(event: AnyGroup.AnyEvent): Stepped<AnyGroup.AnyGroup, AnyGroup.AnyAction> {
    const { consumer, limits, nowMs, policy } = this.world
    return AnyStep.step(this.value, event, {
      limits,
      policy,
      nowMs: nowMs(),
      consumer: consumer()
    })
  }

  protected perform({ _tag, action }: AnyGroup.AnyAction): void {
    if (_tag === "Classic") this.performClassic(action)
    else this.performConsumer(action)
  }

  private performClassic(action: GroupAction): void {
    switch (action._tag) {
      case "ArmTimer":
        return this.armClassic(action.timer, action.delayMs)
      case "CancelTimer":
        return this.world.timers.cancel(this.keyOf(action.timer))
      case "Store":
      case "Forget":
        return
      default:
        return this.answer(action)
    }
  }

  private performConsumer(action: ConsumerAction): void {
    switch (action._tag) {
      case "ArmTimer":
        return this.armConsumer(action.timer, action.delayMs)
      case "KeepTimer":
        if (this.world.timers.has(this.keyOf(`consumer/${action.timer}`))) return
        return this.armConsumer(action.timer, action.delayMs)
      case "CancelTimer":
        return this.world.timers.cancel(this.keyOf(`consumer/${action.timer}`))
      default:
        return this.answer(action)
    }
  }

  private answer(
    action: Extract<GroupAction | ConsumerAction, { readonly requestId: RequestId }>
  ): void {
    const answer = action._tag === "AnswerCode" ? action.errorCode : action.answer
    this.world.answer(action.requestId, answer)
  }

  protected refuse({ _tag, event }: AnyGroup.AnyEvent, errorCode: ErrorCode): void {
    if (_tag === "Classic") return this.refuseClassic(event, errorCode)
    switch (event._tag) {
      case "Heartbeat":
        return this.world.answer(event.requestId, refusal(errorCode, "The group cannot be stored."))
      case "SessionExpired":
        return this.armConsumer(`session/${event.memberId}`, RETRY_MS)
      case "RebalanceExpired":
        return this.armConsumer(`rebalance/${event.memberId}`, RETRY_MS)
      case "JoinExpired":
        return this.armConsumer(`join/${event.memberId}`, RETRY_MS)
      case "SyncExpired":
        return this.armConsumer(`sync/${event.memberId}`, RETRY_MS)
    }
  }

  private refuseClassic(event: GroupEvent, errorCode: ErrorCode): void {
    switch (event._tag) {
      case "Join":
        return this.world.answer(event.requestId, { ...REFUSED_JOIN, errorCode })
      case "Sync":
        return this.world.answer(event.requestId, { ...REFUSED_SYNC, errorCode })
      case "Leave":
        return this.world.answer(event.requestId, { errorCode, members: [] })
      case "Heartbeat":
      case "Commit":
      case "Delete":
        return this.world.answer(event.requestId, errorCode)
      case "SessionExpired":
        return this.armClassic(`session/${event.memberId}`, RETRY_MS)
      case "JoinExpired":
        return this.armClassic("join", RETRY_MS)
      case "SyncExpired":
        return this.armClassic("sync", RETRY_MS)
    }
  }

  private armClassic(timer: TimerKey, delayMs: number): void {
    this.world.timers.arm(this.keyOf(timer), delayMs, () => {
      this.submit({ _tag: "Classic", event: classicTimeout(timer) })
    })
  }

  private armConsumer(timer: ConsumerTimer, delayMs: number): void {
    this.world.timers.arm(this.keyOf(`consumer/${timer}`), delayMs, () => {
      this.submit({ _tag: "Consumer", event: consumerTimeout(timer) })
    })
  }

  private keyOf(timer: string): string {
    return GroupTimers.keyOf(this.value.group.groupId, timer)
  }
}

const classicTimeout = (timer: TimerKey): GroupEvent => {
  if (timer === "join") return { _tag: "JoinExpired" }
  if (timer === "sync") return { _tag: "SyncExpired" }
  return { _tag: "SessionExpired", memberId: timer.slice("session/".length) }
}

const TIMEOUTS = {
  session: "SessionExpired",
  rebalance: "RebalanceExpired",
  join: "JoinExpired",
  sync: "SyncExpired"
} as const

const consumerTimeout = (timer: ConsumerTimer): AnyGroup.ConsumerTimeout => {
  const at = timer.indexOf("/")
  // What is before the stroke is one of the four.
  return {
    _tag: TIMEOUTS[timer.slice(0, at) as keyof typeof TIMEOUTS],
    memberId: timer.slice(at + 1)
  }
}
