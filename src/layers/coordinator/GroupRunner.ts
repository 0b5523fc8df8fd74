// One classic group, running: events go through its state machine one after the other, and what that
// asks for is done. An event that changes what is stored holds back the ones behind it until the
// record is durable; when it cannot be written, the event has not happened. Heartbeats of a quiet
// group pass through here without a fiber.
import { ErrorCode } from "../../domain/ErrorCode.ts"
import type { Group, GroupLimits } from "../../domain/group/Group.ts"
import type {
  GroupAction,
  JoinAnswer,
  LeaveAnswer,
  SyncAnswer,
  TimerKey
} from "../../domain/group/GroupAction.ts"
import type { GroupEvent, RequestId } from "../../domain/group/GroupEvent.ts"
import * as GroupRecord from "../../domain/group/GroupRecord.ts"
import * as Member from "../../domain/group/Member.ts"
import { resume, step, type Stepped } from "../../domain/group/Step.ts"
import type { GroupTimers } from "./GroupTimers.ts"

export type Answer = JoinAnswer | SyncAnswer | LeaveAnswer | ErrorCode

/** What a group needs of the coordinator. */
export interface GroupWorld {
  readonly limits: GroupLimits
  readonly nowMs: () => number
  readonly timers: GroupTimers
  readonly answer: (requestId: RequestId, answer: Answer) => void
  /** Calls back, later, with what became of it. */
  readonly write: (
    groupId: string,
    records: ReadonlyArray<GroupRecord.StoredRecord>,
    done: (errorCode: ErrorCode) => void
  ) => void
  /** The group has changed. */
  readonly onStep: (runner: GroupRunner) => void
}

/** A timer whose event could not be stored rings again. */
const RETRY_MS = 1000

export class GroupRunner {
  group: Group
  private readonly world: GroupWorld
  private readonly waiting: Array<GroupEvent> = []
  private isBusy = false

  constructor(group: Group, world: GroupWorld) {
    this.group = group
    this.world = world
  }

  /** Takes up a group that was loaded. */
  resume(): void {
    for (const action of resume(this.group).actions) this.perform(action)
  }

  submit(event: GroupEvent): void {
    this.waiting.push(event)
    this.drain()
  }

  private drain(): void {
    while (!this.isBusy) {
      const event = this.waiting.shift()
      if (event === undefined) return
      const stepped = step(this.group, event, this.world.nowMs(), this.world.limits)
      const record = recordOf(stepped)
      if (record === undefined) this.adopt(stepped)
      else this.store(record, event, stepped)
    }
  }

  private store(record: GroupRecord.StoredRecord, event: GroupEvent, stepped: Stepped): void {
    this.isBusy = true
    this.world.write(this.group.groupId, [record], (errorCode) => {
      this.isBusy = false
      if (errorCode === ErrorCode.NONE) this.adopt(stepped)
      else this.refuse(event, errorCode)
      this.drain()
    })
  }

  private adopt(stepped: Stepped): void {
    this.group = stepped.group
    for (const action of stepped.actions) this.perform(action)
    this.world.onStep(this)
  }

  private perform(action: GroupAction): void {
    switch (action._tag) {
      case "AnswerJoin":
      case "AnswerSync":
      case "AnswerLeave":
        return this.world.answer(action.requestId, action.answer)
      case "AnswerCode":
        return this.world.answer(action.requestId, action.errorCode)
      case "ArmTimer":
        return this.arm(action.timer, action.delayMs)
      case "CancelTimer":
        return this.world.timers.cancel(this.keyOf(action.timer))
      case "Store":
      case "Forget":
        return
    }
  }

  private arm(timer: TimerKey, delayMs: number): void {
    this.world.timers.arm(this.keyOf(timer), delayMs, () => this.submit(rung(timer)))
  }

  private keyOf(timer: TimerKey): string {
    return `${this.group.groupId}/${timer}`
  }

  /** The event could not be stored, so it has not happened: who asked may ask again. */
  private refuse(event: GroupEvent, errorCode: ErrorCode): void {
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
        return this.arm(`session/${event.memberId}`, RETRY_MS)
      case "JoinExpired":
        return this.arm("join", RETRY_MS)
      case "SyncExpired":
        return this.arm("sync", RETRY_MS)
    }
  }
}

export const REFUSED_JOIN: Omit<JoinAnswer, "errorCode"> = {
  generationId: -1,
  protocolType: null,
  protocolName: null,
  leader: "",
  skipAssignment: false,
  memberId: "",
  members: []
}

export const REFUSED_SYNC: Omit<SyncAnswer, "errorCode"> = {
  protocolType: null,
  protocolName: null,
  assignment: Member.NO_BYTES
}

const recordOf = ({ actions, group }: Stepped): GroupRecord.StoredRecord | undefined => {
  for (const { _tag } of actions) {
    if (_tag === "Store") return GroupRecord.group(group.groupId, group)
    if (_tag === "Forget") return GroupRecord.group(group.groupId, null)
  }
  return undefined
}

const rung = (timer: TimerKey): GroupEvent => {
  if (timer === "join") return { _tag: "JoinExpired" }
  if (timer === "sync") return { _tag: "SyncExpired" }
  return { _tag: "SessionExpired", memberId: timer.slice("session/".length) }
}
