// What each request of a fetch session names, and when a session is given up.
import { assert, describe, it } from "@effect/vitest"
import {
  FetchSession,
  type WantedPartition
} from "../../../../src/runtime/client/consumer/FetchSession.ts"

const wanted = (
  partition: number,
  fetchOffset: number,
  change: Partial<WantedPartition> = {}
): WantedPartition => ({
  key: `orders-${partition}`,
  topic: "orders",
  topicId: "id",
  partition,
  fetchOffset,
  leaderEpoch: 0,
  ...change
})

const next = (session: FetchSession, partitions: ReadonlyArray<WantedPartition>) => {
  const { forgotten, named, sessionEpoch, sessionId } = session.next(partitions)
  return [
    sessionId,
    sessionEpoch,
    named.map(({ partition }) => partition),
    forgotten.map(({ partition }) => partition)
  ]
}

describe("FetchSession", () => {
  it("names all where the broker keeps no session", () => {
    const session = new FetchSession()
    for (const offset of [0, 1]) {
      assert.deepStrictEqual(next(session, [wanted(0, offset), wanted(1, 0)]), [0, 0, [0, 1], []])
      session.answered(0)
    }
  })

  it("names what has moved, come or gone", () => {
    const session = new FetchSession()
    next(session, [wanted(0, 0), wanted(1, 0)])
    session.answered(9)
    assert.deepStrictEqual(next(session, [wanted(0, 5), wanted(1, 0)]), [9, 1, [0], []])
    session.answered(9)
    assert.deepStrictEqual(next(session, [wanted(1, 0), wanted(2, 0)]), [9, 2, [2], [0]])
    session.answered(9)
    assert.deepStrictEqual(
      next(session, [wanted(1, 0, { leaderEpoch: 1 }), wanted(2, 0)]),
      [9, 3, [1], []]
    )
  })

  it("forgets a topic that has another id, and names it anew", () => {
    const session = new FetchSession()
    next(session, [wanted(0, 5)])
    session.answered(9)
    assert.deepStrictEqual(next(session, [wanted(0, 5, { topicId: "other" })]), [9, 1, [0], [0]])
  })

  it("begins anew after an answer of another session, and after a failure", () => {
    const session = new FetchSession()
    next(session, [wanted(0, 0)])
    session.answered(9)
    next(session, [wanted(0, 1)])
    session.answered(8)
    assert.deepStrictEqual(next(session, [wanted(0, 2)]), [0, 0, [0], []])
    session.answered(7)
    session.reset()
    assert.deepStrictEqual(next(session, [wanted(0, 3)]), [0, 0, [0], []])
  })
})
