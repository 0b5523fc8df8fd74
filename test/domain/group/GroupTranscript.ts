// Reads and plays the transcripts of this folder: text in which an event stands on a line, and under
// it, indented, what the group did and what it is then. A comment begins with #, a blank line is
// kept. `limits name=value ...` begins a new group.
import { describe as describeError, ErrorCode } from "../../../src/domain/ErrorCode.ts"
import * as Group from "../../../src/domain/group/Group.ts"
import type { GroupAction } from "../../../src/domain/group/GroupAction.ts"
import type { GroupEvent } from "../../../src/domain/group/GroupEvent.ts"
import { step } from "../../../src/domain/group/Step.ts"

const LIMITS: Group.GroupLimits = {
  initialRebalanceDelayMs: 0,
  minSessionTimeoutMs: 1000,
  maxSessionTimeoutMs: 60_000,
  maxSize: 10,
  newMemberJoinTimeoutMs: Group.NEW_MEMBER_JOIN_TIMEOUT_MS
}

/** Plays all events of a transcript; gives it with what was really done and become. */
export const play = (transcript: string): string => {
  let group = Group.empty("g", 0)
  let limits = LIMITS
  let nextRequest = 1
  let newIds = 0
  const lines: Array<string> = []
  for (const line of transcript.split("\n")) {
    if (line.startsWith(" ")) continue
    lines.push(line)
    if (line === "" || line.startsWith("#")) continue
    const [verb = "", ...words] = line.split(" ")
    const named = new Map(words.map((word) => word.split("=", 2) as [string, string]))
    if (verb === "limits") {
      limits = {
        ...LIMITS,
        ...Object.fromEntries([...named].map(([name, value]) => [name, Number(value)]))
      }
      group = Group.empty("g", 0)
      nextRequest = 1
      newIds = 0
      continue
    }
    const event = eventOf(verb, named, {
      requestId: nextRequest,
      newMemberId: `${named.get("client") ?? "c"}-${newIds + 1}`
    })
    if ("requestId" in event) nextRequest++
    if (event._tag === "Join" && event.memberId === "") newIds++
    const stepped = step(group, event, 0, limits)
    group = stepped.group
    lines.push(...stepped.actions.map((action) => `  ${told(action)}`), `  = ${summary(group)}`)
  }
  return lines.join("\n")
}

const listed = (text: string | undefined): Array<[string, string]> =>
  text === undefined || text === ""
    ? []
    : text.split(",").map((part) => part.split(":", 2) as [string, string])

const eventOf = (
  verb: string,
  named: ReadonlyMap<string, string>,
  given: { readonly requestId: number; readonly newMemberId: string }
): GroupEvent => {
  const { requestId } = given
  const memberId = named.get("id") ?? ""
  const groupInstanceId = named.get("instance") ?? null
  const generationId = Number(named.get("generation") ?? "-1")
  const version = Number(named.get("v") ?? "9")
  const bytes = (text: string) => Buffer.from(text)
  switch (verb) {
    case "join":
      return {
        _tag: "Join",
        ...given,
        memberId,
        groupInstanceId,
        clientId: named.get("client") ?? "c",
        clientHost: "/127.0.0.1",
        sessionTimeoutMs: Number(named.get("session") ?? "10000"),
        rebalanceTimeoutMs: Number(named.get("rebalance") ?? "30000"),
        protocolType: named.get("type") ?? "consumer",
        protocols: listed(named.get("protocols") ?? "range:s").map(([name, metadata]) => ({
          name,
          metadata: bytes(metadata)
        })),
        requiresKnownMemberId: version >= 4 && groupInstanceId === null,
        supportsSkippingAssignment: version >= 9
      }
    case "sync":
      return {
        _tag: "Sync",
        requestId,
        memberId,
        groupInstanceId,
        generationId,
        protocolType: named.get("type") ?? null,
        protocolName: named.get("protocol") ?? null,
        assignments: listed(named.get("assign")).map(([id, assignment]) => ({
          memberId: id,
          assignment: bytes(assignment)
        }))
      }
    case "heartbeat":
      return { _tag: "Heartbeat", requestId, memberId, groupInstanceId, generationId }
    case "commit":
      return { _tag: "Commit", requestId, memberId, groupInstanceId, generationId }
    case "leave":
      return {
        _tag: "Leave",
        requestId,
        members: listed(named.get("members")).map(([id, instance]) => ({
          memberId: id,
          groupInstanceId: instance ?? null
        }))
      }
    case "delete":
      return { _tag: "Delete", requestId }
    case "session-expires":
      return { _tag: "SessionExpired", memberId }
    case "join-expires":
      return { _tag: "JoinExpired" }
    case "sync-expires":
      return { _tag: "SyncExpired" }
    default:
      throw new Error(`a transcript says "${verb}", which is no event`)
  }
}

const code = (errorCode: number): string =>
  errorCode === ErrorCode.NONE ? "ok" : describeError(errorCode).name
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString()

const told = (action: GroupAction): string => {
  switch (action._tag) {
    case "AnswerJoin": {
      const { answer, requestId } = action
      if (answer.errorCode !== ErrorCode.NONE) {
        const id = answer.memberId === "" ? "" : ` id=${answer.memberId}`
        return `answer ${requestId} ${code(answer.errorCode)}${id}`
      }
      const members = answer.members.map(({ memberId, metadata }) =>
        `${memberId}:${text(metadata)}`
      )
      return `answer ${requestId} joined id=${answer.memberId} generation=${answer.generationId}` +
        ` protocol=${answer.protocolName} leader=${answer.leader}` +
        (members.length === 0 ? "" : ` members=${members.join(",")}`) +
        (answer.skipAssignment ? " skip-assignment" : "")
    }
    case "AnswerSync": {
      const { answer, requestId } = action
      return answer.errorCode === ErrorCode.NONE
        ? `answer ${requestId} assigned=${text(answer.assignment)}`
        : `answer ${requestId} ${code(answer.errorCode)}`
    }
    case "AnswerLeave": {
      const { errorCode, members } = action.answer
      const each = members.map((member) =>
        ` ${member.memberId || member.groupInstanceId}:${code(member.errorCode)}`
      )
      return `answer ${action.requestId} ${code(errorCode)}${each.join("")}`
    }
    case "AnswerCode":
      return `answer ${action.requestId} ${code(action.errorCode)}`
    case "ArmTimer":
      return `timer ${action.timer} ${action.delayMs} ms`
    case "CancelTimer":
      return `no timer ${action.timer}`
    case "Store":
      return "store"
    case "Forget":
      return "forget"
  }
}

const summary = (group: Group.Group): string => {
  const members = [...group.members.values()].map((member) =>
    member.memberId + (member.memberId === group.leaderId ? "*" : "") +
    (member.joinRequest === null ? "" : " (joining)") +
    (member.syncRequest === null ? "" : " (syncing)")
  )
  const pending = group.pendingMembers.size === 0
    ? ""
    : `, pending ${[...group.pendingMembers].join(" ")}`
  return `${group.state} ${group.generationId}: ${members.join(", ") || "nobody"}${pending}`
}
