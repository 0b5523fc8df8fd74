// One member of a classic group. What it can do (its protocols) and what it was given (its
// assignment) are bytes between clients: the broker compares and hands them on, and reads neither.
// A member that waits has its request's number here; whoever takes the number away answers it.
import type { RequestId } from "./GroupEvent.ts"

/** An assignor that the member knows, and what it tells the leader with it. */
export interface MemberProtocol {
  readonly name: string
  readonly metadata: Uint8Array
}

export interface Member {
  readonly memberId: string
  /** Names a static member across its restarts (KIP-345); null for a dynamic one. */
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  /** How long the others wait for it to join again. */
  readonly rebalanceTimeoutMs: number
  /** Without a word for so long it is dead. */
  readonly sessionTimeoutMs: number
  /** The dearest first. */
  readonly protocols: ReadonlyArray<MemberProtocol>
  readonly assignment: Uint8Array
  /** It has not had an answer to its first join: it cannot send heartbeats yet. */
  readonly isNew: boolean
  readonly joinRequest: RequestId | null
  readonly syncRequest: RequestId | null
}

export const NO_BYTES = new Uint8Array(0)

/** Whether nothing changed that an assignment depends on. */
export const hasProtocols = (member: Member, protocols: ReadonlyArray<MemberProtocol>): boolean =>
  member.protocols.length === protocols.length &&
  member.protocols.every(({ metadata, name }, i) =>
    name === protocols[i]!.name && Buffer.compare(metadata, protocols[i]!.metadata) === 0
  )

/** The metadata under the protocol that the group chose. */
export const metadataOf = (member: Member, protocolName: string | null): Uint8Array =>
  member.protocols.find(({ name }) => name === protocolName)?.metadata ?? NO_BYTES

/** The first of its protocols that all members know. */
export const vote = (member: Member, candidates: ReadonlySet<string>): string | undefined =>
  member.protocols.find(({ name }) => candidates.has(name))?.name
