// A classic group as a value, and the questions that can be asked of it. It changes only through
// `Step`. Facts are those of Kafka's ClassicGroup.
//
//   Empty --join--> PreparingRebalance --all joined, or time over--> CompletingRebalance
//     ^                ^    |                                           |  leader's sync
//     |  nobody left   |    +--- join of a member, a leave, a death ----+--> Stable
//     +----------------+         lead back to PreparingRebalance      <------+
//   Dead: deleted; whoever still holds it is told to look again.
import * as Member from "./Member.ts"

export type GroupState =
  | "Empty"
  | "PreparingRebalance"
  | "CompletingRebalance"
  | "Stable"
  | "Dead"

/** The first rebalance of an empty group waits for more members to come. */
export interface InitialDelay {
  readonly remainingMs: number
  /** Somebody came since the timer was armed: it is worth waiting on. */
  readonly hasNewMember: boolean
}

export interface Group {
  readonly groupId: string
  readonly state: GroupState
  /** When the state began. */
  readonly stateTimestampMs: number
  readonly generationId: number
  /** "consumer", "connect" ...; null while only offsets were committed. */
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly leaderId: string | null
  /** In the order of joining. */
  readonly members: ReadonlyMap<string, Member.Member>
  /** Member ids by instance id. */
  readonly staticMembers: ReadonlyMap<string, string>
  /** Ids that were given (MEMBER_ID_REQUIRED) and have not joined yet. */
  readonly pendingMembers: ReadonlySet<string>
  /** Who has not sent a SyncGroup in this generation. */
  readonly pendingSync: ReadonlySet<string>
  /** Only in the first rebalance after Empty. */
  readonly initialDelay: InitialDelay | null
}

/** The broker's settings of the same names. */
export interface GroupLimits {
  readonly initialRebalanceDelayMs: number
  readonly minSessionTimeoutMs: number
  readonly maxSessionTimeoutMs: number
  readonly maxSize: number
  /** How long a member that joins for the first time may wait; it has no session yet. */
  readonly newMemberJoinTimeoutMs: number
}

/** Kafka's group.new.member.join.timeout, not a setting there either. */
export const NEW_MEMBER_JOIN_TIMEOUT_MS = 300_000
export const NO_GENERATION = -1

export const empty = (groupId: string, nowMs: number): Group => ({
  groupId,
  state: "Empty",
  stateTimestampMs: nowMs,
  generationId: 0,
  protocolType: null,
  protocolName: null,
  leaderId: null,
  members: new Map(),
  staticMembers: new Map(),
  pendingMembers: new Set(),
  pendingSync: new Set(),
  initialDelay: null
})

/** How long a rebalance waits: as long as its most patient member asks. */
export const rebalanceTimeoutMs = (group: Group): number => {
  let timeoutMs = 0
  for (const member of group.members.values()) {
    timeoutMs = Math.max(timeoutMs, member.rebalanceTimeoutMs)
  }
  return timeoutMs
}

export const joining = (group: Group): number => {
  let count = 0
  for (const { joinRequest } of group.members.values()) if (joinRequest !== null) count++
  return count
}

export const hasAllJoined = (group: Group): boolean =>
  group.pendingMembers.size === 0 && joining(group) === group.members.size

/** The protocols that every member knows. */
const candidates = (group: Group): ReadonlySet<string> => {
  let common: Set<string> | undefined
  for (const { protocols } of group.members.values()) {
    const names = new Set(protocols.map(({ name }) => name))
    common = common === undefined
      ? names
      : new Set([...common].filter((name) => names.has(name)))
  }
  return common ?? new Set()
}

/** Whether a member with these protocols could be one of the group. */
export const supports = (
  group: Group,
  protocolType: string,
  protocols: ReadonlyArray<Member.MemberProtocol>
): boolean => {
  if (group.state === "Empty") return protocolType !== "" && protocols.length > 0
  if (group.members.size === 0) return protocols.length > 0
  const common = candidates(group)
  return group.protocolType === protocolType && protocols.some(({ name }) => common.has(name))
}

/** The protocol with most votes, each member giving one; of equal ones the first that was named. */
export const selectProtocol = (group: Group): string => {
  const common = candidates(group)
  const votes = new Map<string, number>()
  for (const member of group.members.values()) {
    const name = Member.vote(member, common)
    if (name !== undefined) votes.set(name, (votes.get(name) ?? 0) + 1)
  }
  let chosen: string | undefined
  for (const [name, count] of votes) {
    if (chosen === undefined || count > votes.get(chosen)!) chosen = name
  }
  return chosen ?? ""
}
