// What a member of a classic group asks for, event by event, told as transcripts.
import { assert, describe, it } from "@effect/vitest"
import type { RebalanceProtocol } from "../../../src/domain/assignor/ConsumerAssignor.ts"
import { ErrorCode } from "../../../src/domain/ErrorCode.ts"
import {
  type ClassicMembership,
  Event,
  make
} from "../../../src/domain/membership/ClassicMembership.ts"
import { step } from "../../../src/domain/membership/ClassicMembershipStep.ts"
import { described, partitions } from "./MembershipTranscript.ts"

const { JoinAnswered, SyncAnswered } = Event

class Played {
  membership: ClassicMembership

  constructor(protocol: RebalanceProtocol = "cooperative", isStatic = false) {
    this.membership = make(protocol, isStatic)
  }

  after(...events: ReadonlyArray<Event>): ReadonlyArray<string> {
    return events.flatMap((event) => {
      const { actions, membership } = step(this.membership, event)
      this.membership = membership
      return actions.map(described)
    })
  }

  /** A member that owns these. */
  settled(owned: string): this {
    this.after(Event.Started(), joined(1), synced(owned))
    return this
  }
}

const joined = (generationId: number, leader = "other") =>
  JoinAnswered({
    errorCode: ErrorCode.NONE,
    generationId,
    protocolName: "sticky",
    leader,
    memberId: "me",
    skipAssignment: false,
    members: []
  })

const joinRefused = (errorCode: ErrorCode, memberId = "") =>
  JoinAnswered({
    errorCode,
    generationId: -1,
    protocolName: null,
    leader: "",
    memberId,
    skipAssignment: false,
    members: []
  })

const synced = (owned: string) =>
  SyncAnswered({ errorCode: ErrorCode.NONE, assigned: partitions(owned) })

const syncRefused = (errorCode: ErrorCode) => SyncAnswered({ errorCode, assigned: undefined })

const heartbeat = (errorCode: ErrorCode, generationId = 1) =>
  Event.HeartbeatRefused({ generationId, errorCode })

describe("joining", () => {
  it("goes by way of a member id, a generation and an assignment", () => {
    const member = new Played()
    assert.deepStrictEqual(
      member.after(
        Event.Started(),
        joinRefused(ErrorCode.MEMBER_ID_REQUIRED, "me"),
        joined(1, "me"),
        synced("t-0 t-1")
      ),
      [
        "Join",
        "Join reason: the member id is known now",
        "Sync protocolName: sticky leading: yes",
        "Assign partitions: t-0 t-1"
      ]
    )
    assert.strictEqual(member.membership.phase, "Stable")
  })

  it("begins anew after errors that pass, later and later", () => {
    const member = new Played()
    assert.deepStrictEqual(
      member.after(
        Event.Started(),
        Event.RequestFailed({ detail: "the connection broke", isFinal: false }),
        joinRefused(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS),
        joinRefused(ErrorCode.NOT_COORDINATOR),
        joined(1),
        syncRefused(ErrorCode.REBALANCE_IN_PROGRESS)
      ),
      [
        "Join",
        "Join reason: the connection broke isDelayed: true",
        "Join reason: JoinGroup was refused isDelayed: true",
        "FindCoordinator",
        "Join reason: JoinGroup was refused isDelayed: true",
        "Sync protocolName: sticky",
        "Join reason: SyncGroup was refused"
      ]
    )
    assert.strictEqual(member.membership.generationId, 1)
  })

  it("ends where it makes no sense to go on", () => {
    const ends = (...events: ReadonlyArray<Event>) =>
      new Played().after(Event.Started(), ...events).at(-1)
    const refused = (name: keyof typeof ErrorCode, api: string) =>
      `End failure: Refused api: ${api} errorCode: ${ErrorCode[name]}`
    for (
      const name of [
        "FENCED_INSTANCE_ID",
        "GROUP_AUTHORIZATION_FAILED",
        "GROUP_MAX_SIZE_REACHED",
        "INCONSISTENT_GROUP_PROTOCOL",
        "INVALID_GROUP_ID",
        "INVALID_SESSION_TIMEOUT"
      ] as const
    ) {
      assert.strictEqual(ends(joinRefused(ErrorCode[name])), refused(name, "JoinGroup"))
    }
    const final = Event.RequestFailed({ detail: "no such API", isFinal: true })
    assert.strictEqual(ends(final), "End failure: Unanswered")
    assert.strictEqual(
      ends(joined(1), syncRefused(ErrorCode.NONE)),
      "End failure: Malformed api: SyncGroup detail: the assignment cannot be read"
    )
  })
})

describe("a rebalance", () => {
  it("takes everything from an eager member before it joins", () => {
    const member = new Played("eager").settled("t-0 t-1")
    assert.deepStrictEqual(
      member.after(heartbeat(ErrorCode.REBALANCE_IN_PROGRESS), joined(2), synced("t-1")),
      [
        "Revoke partitions: t-0 t-1",
        "Join reason: the group rebalances",
        "Sync protocolName: sticky",
        "Assign partitions: t-1"
      ]
    )
  })

  it("takes from a cooperative member what goes to others, and has it join once more", () => {
    const member = new Played().settled("t-0 t-1")
    assert.deepStrictEqual(
      member.after(
        heartbeat(ErrorCode.REBALANCE_IN_PROGRESS),
        joined(2),
        synced("t-1 t-2"),
        joined(3),
        synced("t-1 t-2")
      ),
      [
        "Join reason: the group rebalances",
        "Sync protocolName: sticky",
        "Revoke partitions: t-0",
        "Assign partitions: t-2",
        "Join reason: gave up partitions that go to others",
        "Sync protocolName: sticky"
      ]
    )
  })

  it("is asked for when topics or partitions change, once the one under way is over", () => {
    const member = new Played().settled("t-0")
    const changed = Event.GroupChanged({ reason: "partitions have come" })
    assert.deepStrictEqual(member.after(changed), ["Join reason: partitions have come"])
    assert.deepStrictEqual(member.after(joined(2), changed), ["Sync protocolName: sticky"])
    assert.deepStrictEqual(member.after(synced("t-0")), ["Join reason: partitions have come"])
  })
})

describe("a loss", () => {
  it("takes everything, whoever tells it, and the member joins anew", () => {
    const lost = ["Lose partitions: t-0"]
    const after = (event: Event) => {
      const member = new Played().settled("t-0")
      const [first, second] = member.after(event)
      assert.deepStrictEqual([first], lost)
      assert.match(second!, /^Join reason/)
      return member.membership
    }
    assert.strictEqual(after(heartbeat(ErrorCode.UNKNOWN_MEMBER_ID)).memberId, "")
    assert.strictEqual(after(heartbeat(ErrorCode.ILLEGAL_GENERATION)).memberId, "me")
    assert.strictEqual(after(Event.SessionExpired({ generationId: 1 })).generationId, -1)
    assert.strictEqual(after(Event.GenerationLost()).given.size, 0)
  })

  it("that an old generation's heartbeat tells of is none", () => {
    const member = new Played().settled("t-0")
    assert.deepStrictEqual(member.after(heartbeat(ErrorCode.UNKNOWN_MEMBER_ID, 0)), [])
    assert.deepStrictEqual(member.after(Event.SessionExpired({ generationId: 0 })), [])
  })

  it("comes with silence of the application, and ends when it polls", () => {
    const member = new Played().settled("t-0")
    assert.deepStrictEqual(member.after(Event.PollOverdue(), Event.PollOverdue(), Event.Polled()), [
      "Leave memberId: me reason: the application did not poll in time",
      "Lose partitions: t-0",
      "Join reason: the application polls again"
    ])
    assert.strictEqual(member.membership.memberId, "")
  })
})

describe("the end", () => {
  it("gives up what is owned, and says so unless the member is static", () => {
    const end = (member: Played) => member.settled("t-0").after(Event.LeaveAsked())
    assert.deepStrictEqual(end(new Played()), [
      "Revoke partitions: t-0",
      "Leave memberId: me reason: the consumer is closed",
      "End"
    ])
    assert.deepStrictEqual(end(new Played("eager", true)), ["Revoke partitions: t-0", "End"])
  })

  it("comes without another word to a listener that died", () => {
    const member = new Played().settled("t-0")
    assert.deepStrictEqual(member.after(Event.ListenerDied({ detail: "no room" })), [
      "Leave memberId: me reason: the application failed",
      "End failure: ListenerDied detail: no room"
    ])
  })

  it("is the end", () => {
    const member = new Played().settled("t-0")
    member.after(Event.LeaveAsked())
    const late = [joined(2), synced("t-0"), Event.Polled(), Event.LeaveAsked(), Event.Started()]
    assert.deepStrictEqual(member.after(...late), [])
  })
})
