// Where an epoch ended, as Kafka answers it.
import { assert, describe, it } from "@effect/vitest"
import { endOf } from "../../../src/domain/log/LeaderEpochs.ts"

const epochs = [
  { epoch: 2, startOffset: 10 },
  { epoch: 3, startOffset: 20 },
  { epoch: 7, startOffset: 20 },
  { epoch: 8, startOffset: 35 }
]
const end = (asked: number) => {
  const { endOffset, leaderEpoch } = endOf(epochs, asked, 50)
  return [leaderEpoch, endOffset]
}

describe("the end of an epoch", () => {
  it("is the end of the log for the one that leads, and the start of the next for others", () => {
    assert.deepStrictEqual([end(8), end(7), end(3), end(2)], [[8, 50], [7, 35], [3, 20], [2, 20]])
  })

  it("is that of the one before where nobody led", () => {
    assert.deepStrictEqual(end(5), [3, 20])
  })

  it("is the beginning of the log where the epoch is older", () => {
    assert.deepStrictEqual(end(1), [1, 10])
  })

  it("is unknown of those to come, of none, and where nothing is known", () => {
    assert.deepStrictEqual([end(9), end(-1)], [[-1, -1], [-1, -1]])
    assert.deepStrictEqual(endOf([], 0, 50), { leaderEpoch: -1, endOffset: -1 })
  })
})
