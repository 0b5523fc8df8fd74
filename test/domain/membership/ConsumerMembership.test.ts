// What a member of the consumer protocol asks for, event by event, told as transcripts.
import { assert, describe, it } from "@effect/vitest"
import { ErrorCode } from "../../../src/domain/ErrorCode.ts"
import {
  type ConsumerMembership,
  Event,
  OUT,
  step
} from "../../../src/domain/membership/ConsumerMembership.ts"
import { described, partitions } from "./MembershipTranscript.ts"

const play = (...events: ReadonlyArray<Event>): ReadonlyArray<string> => {
  let membership: ConsumerMembership = OUT
  return events.flatMap((event) => {
    const stepped = step(membership, event)
    membership = stepped.membership
    return stepped.actions.map(described)
  })
}

const targeted = (target: string) => Event.Targeted({ target: partitions(target) })
const refused = Event.Refused({ errorCode: ErrorCode.FENCED_INSTANCE_ID, detail: null })

describe("a member of the consumer protocol", () => {
  it("gives up first, takes what is new, and then says what it owns", () => {
    assert.deepStrictEqual(play(Event.Started(), targeted("t-0 t-1"), targeted("t-1 t-2")), [
      "Join",
      "Assign partitions: t-0 t-1",
      "Acknowledge owned: t-0 t-1",
      "Revoke partitions: t-0",
      "Assign partitions: t-2",
      "Acknowledge owned: t-1 t-2"
    ])
  })

  it("acknowledges a target that it has met already", () => {
    assert.deepStrictEqual(play(Event.Started(), targeted("t-0"), targeted("t-0")).slice(3), [
      "Acknowledge owned: t-0"
    ])
  })

  it("loses everything when it is fenced, and joins anew", () => {
    assert.deepStrictEqual(play(Event.Started(), targeted("t-0"), Event.Fenced()).slice(3), [
      "Lose partitions: t-0",
      "Join"
    ])
  })

  it("is away while the application does not poll, whatever the broker wants meanwhile", () => {
    const events = [Event.PollOverdue(), targeted("t-1"), Event.Fenced(), Event.Polled()]
    assert.deepStrictEqual(play(Event.Started(), targeted("t-0"), ...events).slice(3), [
      "Leave",
      "Lose partitions: t-0",
      "Join"
    ])
  })

  it("ends when it is refused, when its listener died, and when it leaves", () => {
    const end = (event: Event) =>
      play(Event.Started(), targeted("t-0"), event, targeted("t-1")).slice(3)
    assert.deepStrictEqual(end(refused), [
      "Lose partitions: t-0",
      "End failure: Refused api: ConsumerGroupHeartbeat errorCode: 82"
    ])
    assert.deepStrictEqual(end(Event.Unanswered()), [
      "Lose partitions: t-0",
      "End failure: Unanswered"
    ])
    assert.deepStrictEqual(end(Event.ListenerDied({ detail: "no room" })), [
      "Leave",
      "End failure: ListenerDied detail: no room"
    ])
    assert.deepStrictEqual(end(Event.LeaveAsked()), ["Revoke partitions: t-0", "Leave", "End"])
  })
})
