// The words of the transcripts for members of the classic protocol and for classic groups: what they ask,
// and what they are told.
//   classic-join a topics=orders owned=orders:0 protocols=range    (as=a: it has no id yet, and gets a)
//   classic-sync a generation=1 assign=a/orders:0+orders:1
//   classic-beat a generation=1      classic-leave a      classic-commit a generation=1
import { describe as describeError, ErrorCode } from "../../../../src/domain/ErrorCode.ts"
import type { Group } from "../../../../src/domain/group/Group.ts"
import type { GroupAction } from "../../../../src/domain/group/GroupAction.ts"
import type { GroupEvent } from "../../../../src/domain/group/GroupEvent.ts"
import * as ConsumerProtocol from "../../../../src/domain/protocol/ConsumerProtocol.ts"

const listed = (text: string | undefined): ReadonlyArray<string> =>
  (text ?? "").split(",").filter((word) => word !== "")

/** "orders:0", "orders:1" */
const placesOf = (words: ReadonlyArray<string>) => {
  const topics = new Map<string, Array<number>>()
  for (const word of words) {
    const [topic = "", partition] = word.split(":")
    topics.set(topic, [...topics.get(topic) ?? [], Number(partition)])
  }
  return [...topics].map(([topic, partitions]) => ({ topic, partitions }))
}

export const subscription = (
  topics: ReadonlyArray<string>,
  owned: ReadonlyArray<string> = []
): Buffer =>
  ConsumerProtocol.encodeSubscription(3, {
    topics,
    userData: null,
    ownedPartitions: placesOf(owned),
    generationId: -1,
    rackId: null
  })

export const assignment = (places: ReadonlyArray<string>): Buffer =>
  ConsumerProtocol.encodeAssignment(3, { assignedPartitions: placesOf(places), userData: null })

/** Undefined for words that are not of the classic protocol. */
export const eventOf = (
  verb: string,
  memberId: string,
  named: ReadonlyMap<string, string>,
  given: { readonly requestId: number; readonly newMemberId: string }
): GroupEvent | undefined => {
  const { requestId } = given
  const groupInstanceId = named.get("instance") ?? null
  const who = { requestId, memberId, groupInstanceId }
  const generationId = Number(named.get("generation") ?? "-1")
  switch (verb) {
    case "classic-join":
      return {
        _tag: "Join",
        ...who,
        newMemberId: named.get("as") ?? given.newMemberId,
        clientId: "client",
        clientHost: "/127.0.0.1",
        sessionTimeoutMs: Number(named.get("session") ?? "10000"),
        rebalanceTimeoutMs: 60_000,
        protocolType: named.get("type") ?? "consumer",
        protocols: listed(named.get("protocols") ?? "range").map((name) => ({
          name,
          metadata: named.has("garbage")
            ? Buffer.from("?")
            : subscription(listed(named.get("topics") ?? "orders"), listed(named.get("owned")))
        })),
        requiresKnownMemberId: named.has("asks-for-id"),
        supportsSkippingAssignment: true
      }
    case "classic-sync":
      return {
        _tag: "Sync",
        ...who,
        generationId,
        protocolType: "consumer",
        protocolName: named.get("protocol") ?? "range",
        assignments: listed(named.get("assign")).map((word) => {
          const [id = "", places = ""] = word.split("/")
          return { memberId: id, assignment: assignment(listed(places.replaceAll("+", ","))) }
        })
      }
    case "classic-beat":
      return { _tag: "Heartbeat", ...who, generationId }
    case "classic-commit":
      return { _tag: "Commit", ...who, generationId }
    case "classic-leave":
      return { _tag: "Leave", requestId, members: [{ memberId, groupInstanceId }] }
    case "classic-join-expires":
      return { _tag: "JoinExpired" }
    case "classic-session-expires":
      return { _tag: "SessionExpired", memberId }
    default:
      return undefined
  }
}

export const code = (errorCode: number): string =>
  errorCode === ErrorCode.NONE ? "ok" : describeError(errorCode).name

/** What a member reads out of the bytes that it was given. */
export const placesIn = (bytes: Uint8Array): string =>
  ConsumerProtocol.decodeAssignment(bytes)?.assignedPartitions
    .flatMap(({ partitions, topic }) => partitions.map((i) => `${topic}:${i}`))
    .join(",") || "nothing"

/** Answers and timers of both kinds of groups. */
export const told = (action: GroupAction): string => {
  switch (action._tag) {
    case "AnswerJoin": {
      const { errorCode, generationId, leader, memberId, protocolName } = action.answer
      if (errorCode !== ErrorCode.NONE) {
        return `answer ${action.requestId} ${code(errorCode)} ${memberId}`.trimEnd()
      }
      return `answer ${action.requestId} ${memberId} joined generation=${generationId} ` +
        `protocol=${protocolName}${leader === "" ? "" : ` leader=${leader}`}`
    }
    case "AnswerSync": {
      const { assignment: given, errorCode } = action.answer
      if (errorCode !== ErrorCode.NONE) return `answer ${action.requestId} ${code(errorCode)}`
      return `answer ${action.requestId} synced with ${placesIn(given)}`
    }
    case "AnswerLeave": {
      const each = action.answer.members.map(({ errorCode }) => code(errorCode))
      return `answer ${action.requestId} ${code(action.answer.errorCode)} ${each.join(",")}`
    }
    case "AnswerCode":
      return `answer ${action.requestId} ${code(action.errorCode)}`
    case "ArmTimer":
      return `timer ${action.timer} ${action.delayMs} ms`
    case "CancelTimer":
      return `no timer ${action.timer}`
    case "Store":
      return "store the group"
    case "Forget":
      return "forget the group"
  }
}

export const summary = (group: Group): string => {
  const members = [...group.members.values()].map((member) =>
    `${member.memberId} ${placesIn(member.assignment)}` +
    (member.joinRequest === null ? "" : " (joining)")
  )
  return `classic ${group.state} ${group.generationId}: ${members.join("; ") || "nobody"}`
}
