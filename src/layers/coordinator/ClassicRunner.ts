// One classic group, running: its state machine with real timers, storage, and clients that wait.
import type { ErrorCode } from "../../domain/ErrorCode.ts"
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
import { resume, step, type Stepped as GroupStepped } from "../../domain/group/Step.ts"
import * as GroupTimers from "./GroupTimers.ts"
import { SerialRunner, type Stepped, type Write } from "./SerialRunner.ts"

export type ClassicAnswer = JoinAnswer | SyncAnswer | LeaveAnswer | ErrorCode

/** What a group needs of the coordinator. */
export interface ClassicWorld {
  readonly limits: GroupLimits
  readonly nowMs: () => number
  readonly timers: GroupTimers.GroupTimers
  readonly answer: (requestId: RequestId, answer: ClassicAnswer) => void
  readonly write: Write
  readonly onStep: () => void
}

/** A timer whose event could not be stored rings again. */
export const RETRY_MS = 1000

export class ClassicRunner extends SerialRunner<Group, GroupEvent, GroupAction> {
  private readonly world: ClassicWorld

  constructor(group: Group, world: ClassicWorld) {
    super(group, world.write, world.onStep)
    this.world = world
  }

  /** Takes up a group that was loaded. */
  resume(): void {
    for (const action of resume(this.value).actions) this.perform(action)
  }

  protected step(event: GroupEvent): Stepped<Group, GroupAction> {
    const stepped = step(this.value, event, this.world.nowMs(), this.world.limits)
    return { value: stepped.group, actions: stepped.actions, records: recordsOf(stepped) }
  }

  protected perform(action: GroupAction): void {
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

  protected refuse(event: GroupEvent, errorCode: ErrorCode): void {
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

  private arm(timer: TimerKey, delayMs: number): void {
    this.world.timers.arm(this.keyOf(timer), delayMs, () => this.submit(rung(timer)))
  }

  private keyOf(timer: TimerKey): string {
    return GroupTimers.keyOf(this.value.groupId, timer)
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

const recordsOf = ({ actions, group }: GroupStepped): ReadonlyArray<GroupRecord.StoredRecord> => {
  for (const { _tag } of actions) {
    if (_tag === "Store") return [GroupRecord.group(group.groupId, group)]
    if (_tag === "Forget") return [GroupRecord.group(group.groupId, null)]
  }
  return []
}

const rung = (timer: TimerKey): GroupEvent => {
  if (timer === "join") return { _tag: "JoinExpired" }
  if (timer === "sync") return { _tag: "SyncExpired" }
  return { _tag: "SessionExpired", memberId: timer.slice("session/".length) }
}
