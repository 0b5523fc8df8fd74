// A client of a group that may be of either kind, as far as others must fear it: what it owns is what it
// was told to and has not given up. It does one step at a time, and knows only its answers.
import { ErrorCode } from "../../../../src/domain/ErrorCode.ts"
import type { HeartbeatAnswer } from "../../../../src/domain/group/consumer/ConsumerTransition.ts"
import type { JoinAnswer, SyncAnswer } from "../../../../src/domain/group/GroupAction.ts"
import type { AnyEvent } from "../../../../src/domain/group/migration/AnyGroup.ts"
import * as ConsumerProtocol from "../../../../src/domain/protocol/ConsumerProtocol.ts"
import * as TopicPartitions from "../../../../src/domain/TopicPartitions.ts"
import type { Topics } from "../consumer/ConsumerTranscript.ts"

export type Kind = "consumer" | "cooperative" | "eager"
type Places = TopicPartitions.TopicPartitions
const { NONE } = TopicPartitions

export class MixedClient {
  memberId: string
  owned: Places = NONE
  /** It has gone, and comes no more. */
  isGone = false
  private assigned: Places = NONE
  private epoch = 0
  private phase: "out" | "joining" | "joined" | "syncing" | "in" = "out"
  private assignments: ReadonlyArray<{ memberId: string; assignment: Uint8Array }> = []
  readonly kind: Kind
  private readonly topics: Topics
  private readonly newMemberId: string
  /** Names a static member, who may come back with another protocol. */
  readonly instance: string | null

  constructor(kind: Kind, id: string, topics: Topics, instance: string | null) {
    this.instance = instance
    this.kind = kind
    this.memberId = kind === "consumer" ? id : ""
    this.newMemberId = id
    this.topics = topics
  }

  /** Those under which the group may know it: while it joins, it may not know its own. */
  get ids(): ReadonlyArray<string> {
    return [this.memberId, this.newMemberId]
  }

  get isWaiting(): boolean {
    return this.phase === "joining" || this.phase === "syncing"
  }

  get isIn(): boolean {
    return this.phase === "in"
  }

  /** The connection broke: whatever it waited for it asks for again. */
  disconnect(): void {
    if (this.phase === "joining") this.phase = "out"
    if (this.phase === "syncing") this.phase = "joined"
  }

  /** It has been put out, and has let go of everything. */
  lose(): void {
    if (this.kind === "consumer") this.isGone = true
    this.memberId = ""
    this.restart()
  }

  private restart(): void {
    this.owned = NONE
    this.assigned = NONE
    this.phase = "out"
  }

  /** Gives up what it no longer should own; a cooperative member joins again then. */
  settle(): void {
    if (this.phase !== "in" || this.isTrue(this.owned, this.assigned)) return
    this.owned = this.assigned
    if (this.kind === "cooperative") this.phase = "out"
  }

  private isTrue(a: Places, b: Places): boolean {
    return TopicPartitions.equals(a, b)
  }

  leave(requestId: number): AnyEvent {
    this.isGone = true
    this.owned = NONE
    return this.kind === "consumer"
      ? this.consumerBeat(requestId, -1)
      : {
        _tag: "Classic",
        event: {
          _tag: "Leave",
          requestId,
          members: [{ memberId: this.memberId, groupInstanceId: this.instance }]
        }
      }
  }

  /** It stops, to be back under its name; only the consumer protocol has a word for that. */
  stop(requestId: number): AnyEvent | undefined {
    this.isGone = true
    this.owned = NONE
    return this.kind === "consumer" ? this.consumerBeat(requestId, -2) : undefined
  }

  act(requestId: number): AnyEvent | undefined {
    if (this.kind === "consumer") return this.consumerBeat(requestId, this.epoch)
    const who = { requestId, memberId: this.memberId, groupInstanceId: this.instance }
    switch (this.phase) {
      case "out":
        this.phase = "joining"
        return { _tag: "Classic", event: { _tag: "Join", ...who, ...this.introduction() } }
      case "joined":
        this.phase = "syncing"
        return {
          _tag: "Classic",
          event: {
            _tag: "Sync",
            ...who,
            generationId: this.epoch,
            protocolType: "consumer",
            protocolName: this.kind,
            assignments: this.assignments
          }
        }
      case "in":
        return {
          _tag: "Classic",
          event: { _tag: "Heartbeat", ...who, generationId: this.epoch }
        }
      default:
        return undefined
    }
  }

  private introduction() {
    const ownedPartitions = this.named(this.owned)
    const metadata = ConsumerProtocol.encodeSubscription(2, {
      topics: ["orders"],
      userData: null,
      ownedPartitions,
      generationId: this.epoch,
      rackId: null
    })
    return {
      newMemberId: this.newMemberId,
      clientId: "c",
      clientHost: "/h",
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      protocolType: "consumer",
      protocols: [{ name: this.kind, metadata }],
      requiresKnownMemberId: this.instance === null,
      supportsSkippingAssignment: true
    }
  }

  private named(all: Places) {
    return TopicPartitions.toList(all).map(({ partitions, topicId }) => ({
      topic: this.topics.nameOf(topicId),
      partitions
    }))
  }

  private consumerBeat(requestId: number, memberEpoch: number): AnyEvent {
    return {
      _tag: "Consumer",
      event: {
        _tag: "Heartbeat",
        requestId,
        memberId: this.memberId,
        memberEpoch,
        instanceId: this.instance,
        clientId: "c",
        clientHost: "/h",
        rackId: null,
        rebalanceTimeoutMs: 1000,
        subscribedTopicNames: ["orders"],
        subscribedTopicRegex: null,
        serverAssignor: null,
        owned: memberEpoch === 0 ? NONE : this.owned
      }
    }
  }

  hearHeartbeat(answer: HeartbeatAnswer): void {
    if (answer.errorCode !== ErrorCode.NONE || answer.memberEpoch < 0) return this.lose()
    this.epoch = answer.memberEpoch
    this.phase = "in"
    if (answer.assignment !== null) this.take(answer.assignment)
  }

  hearJoin(answer: JoinAnswer): void {
    switch (answer.errorCode) {
      case ErrorCode.NONE:
        this.memberId = answer.memberId
        this.epoch = answer.generationId
        this.phase = "joined"
        this.assignments = answer.leader === answer.memberId ? this.assign(answer) : []
        return
      case ErrorCode.MEMBER_ID_REQUIRED:
        this.memberId = answer.memberId
        this.phase = "out"
        return
      case ErrorCode.REBALANCE_IN_PROGRESS:
        this.phase = "out"
        return
      case ErrorCode.UNKNOWN_MEMBER_ID:
      case ErrorCode.FENCED_INSTANCE_ID:
        return this.lose()
      default:
        throw new Error(`a join was answered with ${answer.errorCode}`)
    }
  }

  hearSync(answer: SyncAnswer): void {
    if (answer.errorCode !== ErrorCode.NONE) return this.hearCode(answer.errorCode)
    this.phase = "in"
    const given = ConsumerProtocol.decodeAssignment(answer.assignment)?.assignedPartitions ?? []
    this.take(this.placesOf(given))
  }

  /** Of a heartbeat, or of what was refused. */
  hearCode(errorCode: ErrorCode): void {
    if (errorCode === ErrorCode.NONE) return
    if (errorCode === ErrorCode.REBALANCE_IN_PROGRESS) {
      if (this.kind === "eager") this.owned = NONE
      this.phase = "out"
    } else if (errorCode === ErrorCode.ILLEGAL_GENERATION) this.restart()
    else this.lose()
  }

  /** What is new is begun at once; what has to go is given up later. */
  private take(assigned: Places): void {
    this.assigned = assigned
    this.owned = TopicPartitions.union(this.owned, assigned)
  }

  private placesOf(
    named: ReadonlyArray<{ readonly topic: string; readonly partitions: ReadonlyArray<number> }>
  ): Places {
    return TopicPartitions.fromList(
      named.map(({ partitions, topic }) => ({ topicId: this.topics.idOf(topic), partitions }))
    )
  }

  /** As a leader: in turn; who gets what another still owns has to wait for it. */
  private assign({ members }: JoinAnswer) {
    const { id, partitions } = this.topics.world().topic("orders")!
    const owners = new Map<number, string>()
    for (const { memberId, metadata } of members) {
      const said = ConsumerProtocol.decodeSubscription(metadata)!.ownedPartitions
      for (const [, partition] of TopicPartitions.each(this.placesOf(said))) {
        owners.set(partition, memberId)
      }
    }
    const given = new Map<string, Array<number>>()
    for (let partition = 0; partition < partitions; partition++) {
      const { memberId } = members[partition % members.length]!
      const owner = owners.get(partition)
      if (owner !== undefined && owner !== memberId) continue
      given.set(memberId, [...given.get(memberId) ?? [], partition])
    }
    return [...given].map(([memberId, mine]) => ({
      memberId,
      assignment: ConsumerProtocol.encodeAssignment(2, {
        assignedPartitions: [{ topic: this.topics.nameOf(id), partitions: mine }],
        userData: null
      })
    }))
  }
}
