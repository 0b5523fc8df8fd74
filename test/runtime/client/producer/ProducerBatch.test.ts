// What a batch tells its records' callbacks, all at once or bit by bit.
import { assert, describe, it } from "@effect/vitest"
import { PartitionQueue } from "../../../../src/runtime/client/producer/PartitionQueue.ts"
import { ProducerBatch } from "../../../../src/runtime/client/producer/ProducerBatch.ts"

const fail = (cause: unknown) => assert.fail(String(cause))
const value = Buffer.from("v")

describe("ProducerBatch", () => {
  const filled = (timesMs: ReadonlyArray<number>) => {
    const batch = new ProducerBatch(new PartitionQueue("t", 3, 0), 10_000)
    const told: Array<ReadonlyArray<unknown>> = []
    for (const timeMs of timesMs) {
      const callback = (...answer: ReadonlyArray<unknown>) => {
        told.push(answer)
      }
      if (batch.appendPlain(timeMs, value, callback) > 0) continue
      batch.append(timeMs, null, value, undefined, callback)
    }
    return { batch, told }
  }
  const timesMs = [1000, 1000, 1001, 1001, 999, 5000, 5000, 1001, 1000]
  const answers = timesMs.map((timeMs, i) => [undefined, 3, 40 + i, timeMs])

  it.each([1, 2, 3, 100])("tells each record its offset and time, %i at a time", (countMax) => {
    const { batch, told } = filled(timesMs)
    batch.finish(undefined, 40, -1)
    let rounds = 0
    for (; !batch.isSettled; rounds++) batch.settle(countMax, fail)
    assert.deepStrictEqual(told, answers)
    assert.strictEqual(rounds, Math.ceil(timesMs.length / countMax))
  })

  it("tells the broker's time where the log has that", () => {
    const { batch, told } = filled(timesMs)
    batch.finish(undefined, 40, 77)
    batch.settle(Infinity, fail)
    assert.deepStrictEqual(told, answers.map((answer) => [...answer.slice(0, 3), 77]))
  })

  it("goes on after a callback that throws, and begins anew with other times", () => {
    const { batch } = filled([1000, 2000])
    const thrown: Array<unknown> = []
    const times: Array<number> = []
    batch.finish(undefined, 0, -1)
    batch.settle(Infinity, fail)
    batch.reset(batch.queue)
    batch.appendPlain(2000, value, () => {
      throw new Error("first")
    })
    batch.appendPlain(2001, value, (_error, _partition, _offset, timeMs) => times.push(timeMs))
    batch.finish(undefined, 0, -1)
    assert.strictEqual(batch.settle(Infinity, (cause) => thrown.push(cause)), 2)
    assert.deepStrictEqual(times, [2001])
    assert.strictEqual(thrown.length, 1)
  })
})
