// One group of the consumer protocol, running: its state machine with real timers, storage, and clients
// that wait.
import type { ErrorCode } from "../../domain/ErrorCode.ts"
import type {
  ConsumerGroup,
  ConsumerGroupWorld
} from "../../domain/group/consumer/ConsumerGroup.ts"
import * as ConsumerRecords from "../../domain/group/consumer/ConsumerRecords.ts"
import { type ConsumerEvent, resume, step } from "../../domain/group/consumer/ConsumerStep.ts"
import {
  type ConsumerAction,
  type ConsumerTimer,
  type HeartbeatAnswer,
  refusal
} from "../../domain/group/consumer/ConsumerTransition.ts"
import { RETRY_MS } from "./ClassicRunner.ts"
import * as GroupTimers from "./GroupTimers.ts"
import { SerialRunner, type Stepped, type Write } from "./SerialRunner.ts"

export type ConsumerAnswer = HeartbeatAnswer | ErrorCode

export interface ConsumerWorld {
  /** The broker's topics and settings as they are now. */
  readonly group: () => ConsumerGroupWorld
  readonly timers: GroupTimers.GroupTimers
  readonly answer: (requestId: number, answer: ConsumerAnswer) => void
  readonly write: Write
  readonly onStep: () => void
}

export class ConsumerRunner extends SerialRunner<ConsumerGroup, ConsumerEvent, ConsumerAction> {
  private readonly world: ConsumerWorld

  constructor(group: ConsumerGroup, world: ConsumerWorld) {
    super(group, world.write, world.onStep)
    this.world = world
  }

  /** Takes up a group that was loaded. */
  resume(): void {
    for (const action of resume(this.value, this.world.group())) this.perform(action)
  }

  protected step(event: ConsumerEvent): Stepped<ConsumerGroup, ConsumerAction> {
    const { actions, group } = step(this.value, event, this.world.group())
    return { value: group, actions, records: ConsumerRecords.between(this.value, group) }
  }

  protected perform(action: ConsumerAction): void {
    switch (action._tag) {
      case "Answer":
        return this.world.answer(action.requestId, action.answer)
      case "AnswerCode":
        return this.world.answer(action.requestId, action.errorCode)
      case "ArmTimer":
        return this.arm(action.timer, action.delayMs)
      case "CancelTimer":
        return this.world.timers.cancel(this.keyOf(action.timer))
    }
  }

  protected refuse(event: ConsumerEvent, errorCode: ErrorCode): void {
    switch (event._tag) {
      case "Heartbeat":
        return this.world.answer(event.requestId, refusal(errorCode, "The group cannot be stored."))
      case "Commit":
      case "Delete":
        return this.world.answer(event.requestId, errorCode)
      case "SessionExpired":
        return this.arm(`session/${event.memberId}`, RETRY_MS)
      case "RebalanceExpired":
        return this.arm(`rebalance/${event.memberId}`, RETRY_MS)
    }
  }

  private arm(timer: ConsumerTimer, delayMs: number): void {
    this.world.timers.arm(this.keyOf(timer), delayMs, () => this.submit(rung(timer)))
  }

  private keyOf(timer: ConsumerTimer): string {
    return GroupTimers.keyOf(this.value.groupId, `consumer/${timer}`)
  }
}

const rung = (timer: ConsumerTimer): ConsumerEvent => {
  const memberId = timer.slice(timer.indexOf("/") + 1)
  return timer.startsWith("session/")
    ? { _tag: "SessionExpired", memberId }
    : { _tag: "RebalanceExpired", memberId }
}
