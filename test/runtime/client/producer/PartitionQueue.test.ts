// The order and the numbers of a partition's batches, whatever happens to some of them.
import { assert, describe, it } from "@effect/vitest"
import { PartitionQueue } from "../../../../src/runtime/client/producer/PartitionQueue.ts"
import { ProducerBatch } from "../../../../src/runtime/client/producer/ProducerBatch.ts"

const FIRST = { producerId: 7, epoch: 0 }
const NEXT = { producerId: 7, epoch: 1 }

/** So many closed batches of two records each. */
const queueOf = (count: number) => {
  const queue = new PartitionQueue("orders", 0, 0)
  for (let order = 0; order < count; order++) {
    const batch = new ProducerBatch(queue, 1000)
    batch.order = order
    queue.begin(batch)
    for (let i = 0; i < 2; i++) batch.append(0, null, null, undefined, undefined)
    queue.open = undefined
    queue.closed.push(batch)
  }
  return queue
}

const send = (queue: PartitionQueue, identity = FIRST, inFlightMax = 5) => {
  const batch = queue.sendable(0, inFlightMax)
  if (batch === undefined) return undefined
  queue.closed.shift()
  queue.sent.push(batch)
  queue.number(batch, identity)
  batch.attempts++
  return batch
}

const numberOf = (batch: ProducerBatch | undefined) => [batch?.identity?.epoch, batch?.baseSequence]

const answered = (queue: PartitionQueue, batch: ProducerBatch) => {
  queue.isEstablished = true
  queue.remove(batch)
  batch.finish(undefined, 0, -1)
}

describe("PartitionQueue", () => {
  it("numbers batches without a hole, and sends the first of an identity alone", () => {
    const queue = queueOf(4)
    const first = send(queue)!
    assert.deepStrictEqual(numberOf(first), [0, 0])
    assert.isUndefined(send(queue))
    answered(queue, first)
    assert.deepStrictEqual(numberOf(send(queue)), [0, 2])
    assert.deepStrictEqual(numberOf(send(queue)), [0, 4])
    assert.deepStrictEqual(numberOf(send(queue)), [0, 6])
  })

  it("has no more on the wire than it may", () => {
    const queue = queueOf(4)
    answered(queue, send(queue)!)
    send(queue, FIRST, 2)
    send(queue, FIRST, 2)
    assert.isUndefined(send(queue, FIRST, 2))
  })

  it("sends again one at a time, oldest first, under the old numbers", () => {
    const queue = queueOf(4)
    answered(queue, send(queue)!)
    const [a, b, c] = [send(queue)!, send(queue)!, send(queue)!]
    for (const batch of [b, a]) queue.putBack(batch)
    assert.isUndefined(send(queue))
    queue.putBack(c)
    assert.deepStrictEqual(queue.closed, [a, b, c])
    assert.strictEqual(send(queue), a)
    assert.isUndefined(send(queue))
    assert.deepStrictEqual(numberOf(a), [0, 2])
  })

  it("numbers everything anew once nothing is on the wire", () => {
    const queue = queueOf(5)
    answered(queue, send(queue)!)
    const [a, b] = [send(queue)!, send(queue)!]
    queue.isRenumbering = true
    queue.putBack(a)
    assert.isUndefined(send(queue, NEXT))
    queue.putBack(b)
    assert.deepStrictEqual(numberOf(send(queue, NEXT)), [1, 0])
    assert.deepStrictEqual(numberOf(b), [1, 2])
    answered(queue, a)
    assert.strictEqual(send(queue, NEXT), b)
    answered(queue, b)
    assert.deepStrictEqual(numberOf(send(queue, NEXT)), [1, 4])
  })

  it("keeps a batch that is answered early for those before it", () => {
    const queue = queueOf(3)
    answered(queue, send(queue)!)
    assert.isDefined(queue.takeTold())
    const [a, b] = [send(queue)!, send(queue)!]
    answered(queue, b)
    assert.isUndefined(queue.takeTold())
    assert.isTrue(queue.isFirst(a))
    answered(queue, a)
    assert.strictEqual(queue.takeTold(), a)
    assert.strictEqual(queue.takeTold(), b)
    assert.isUndefined(queue.takeTold())
  })

  it("rests until its time, and while its oldest batch is with a codec", () => {
    const queue = queueOf(1)
    queue.notBeforeMs = 10
    assert.isUndefined(queue.sendable(9, 5))
    queue.closed[0]!.isCompressing = true
    assert.isUndefined(queue.sendable(10, 5))
    queue.closed[0]!.isCompressing = false
    assert.isDefined(queue.sendable(10, 5))
  })
})
