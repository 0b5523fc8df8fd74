// The end of a transaction is understood as Kafka writes it; what is none is passed over.
import { assert, describe, it } from "@effect/vitest"
import { endOfTransaction } from "../../../src/domain/record/ControlRecord.ts"
import { controlBatch, endMarker } from "./ControlBatch.ts"

const fields = { producerId: 7, producerEpoch: 1, offset: 9, timestamp: 3 }

describe("endOfTransaction", () => {
  it("tells commits from aborts, and whose word it is", () => {
    const commit = endMarker({ ...fields, type: 1, coordinatorEpoch: 70_000 })
    assert.deepStrictEqual(endOfTransaction(commit, 0), {
      isCommit: true,
      coordinatorEpoch: 70_000
    })
    const abort = Buffer.concat([
      Buffer.alloc(5),
      endMarker({ ...fields, type: 0, coordinatorEpoch: 2 })
    ])
    assert.deepStrictEqual(endOfTransaction(abort, 5), { isCommit: false, coordinatorEpoch: 2 })
  })

  it("passes over records of another kind, and batches that were emptied", () => {
    const leaderChange = endMarker({ ...fields, type: 2, coordinatorEpoch: 0 })
    assert.isUndefined(endOfTransaction(leaderChange, 0))
    assert.isUndefined(endOfTransaction(controlBatch(fields, []), 0))
    const withoutKey = controlBatch(fields, [Buffer.from([12, 0, 0, 0, 1, 1, 0])])
    assert.isUndefined(endOfTransaction(withoutKey, 0))
  })
})
