// Who may go on, and in which order, when a producer's memory is used up.
import { afterEach, assert, describe, it, vi } from "@effect/vitest"
import { BufferMemory } from "../../../../src/runtime/client/producer/BufferMemory.ts"

describe("BufferMemory", () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  it("has room up to its bound, and takes an excess no further than a record or a quarter", () => {
    const memory = new BufferMemory(100, 10)
    memory.take(99)
    assert.isTrue(memory.hasRoom)
    memory.take(1)
    assert.isFalse(memory.hasRoom)
    assert.isFalse(memory.isExceeded)
    memory.take(25)
    assert.isTrue(memory.isExceeded)
  })

  it("serves those in line one after the other, each to its end", () => {
    const memory = new BufferMemory(100, 10)
    memory.take(100)
    const served: Array<string> = []
    const inLine = (name: string, pieces: number) => {
      let left = pieces
      return memory.inLine(() => {
        while (left > 0 && memory.hasRoom) {
          left--
          served.push(name)
          memory.take(50)
        }
        return left === 0
      })
    }
    inLine("first", 3)
    inLine("second", 1)
    assert.deepStrictEqual(served, [])
    memory.release(100)
    assert.deepStrictEqual(served, ["first", "first"])
    memory.release(100)
    assert.deepStrictEqual(served, ["first", "first", "first", "second"])
    assert.strictEqual(memory.waitingCount, 0)
  })

  it("passes over who has left the line", () => {
    const memory = new BufferMemory(100, 10)
    memory.take(100)
    const served: Array<string> = []
    const undo = memory.inLine(() => {
      served.push("gone")
      return true
    })
    memory.inLine(() => {
      served.push("there")
      return true
    })
    undo()
    memory.release(1)
    assert.deepStrictEqual(served, ["there"])
  })

  it("tells of being drained once, when half is free", () => {
    const memory = new BufferMemory(100, 10)
    let told = 0
    memory.drained(() => told++)
    assert.strictEqual(told, 1)
    memory.take(100)
    memory.drained(() => told++)
    const undo = memory.drained(() => told += 100)
    undo()
    memory.release(49)
    assert.strictEqual(told, 1)
    memory.release(1)
    memory.release(50)
    assert.strictEqual(told, 2)
  })

  it("has room for so much in one turn, and lets go on in the next, those in line first", async () => {
    const memory = new BufferMemory(1_000_000, 10)
    const told: Array<string> = []
    memory.take(300_000)
    assert.isFalse(memory.hasRoom)
    memory.drained(() => told.push("drained"))
    memory.inLine(() => told.push("in line") > 0)
    memory.drained(() => told.push("gone"))()
    memory.release(300_000)
    assert.deepStrictEqual(told, [])
    await new Promise(setImmediate)
    assert.deepStrictEqual(told, ["in line", "drained"])
    assert.isTrue(memory.hasRoom)
  })

  it("has no room for more ahead of requests that are under way, until some of it is sent", async () => {
    const memory = new BufferMemory(64 * 1024 * 1024, 10)
    let told = 0
    memory.ahead(2 * 1024 * 1024)
    assert.isTrue(memory.hasRoom, "nothing is under way that would ever make room")
    memory.requests(1)
    assert.isFalse(memory.hasRoom)
    memory.drained(() => told++)
    await new Promise(setImmediate)
    assert.strictEqual(told, 0)
    memory.noLongerAhead(2 * 1024 * 1024 - 1024)
    await new Promise(setImmediate)
    assert.strictEqual(told, 1)
    memory.ahead(1024 * 1024)
    memory.drained(() => told++)
    memory.requests(-1)
    await new Promise(setImmediate)
    assert.strictEqual(told, 2, "the request has failed, and will be sent again")
  })

  it("counts what is taken bit by bit, and has no more room once there is enough ahead", async () => {
    const memory = new BufferMemory(64 * 1024 * 1024, 10)
    for (let i = 0; i < 1000; i++) assert.isTrue(memory.take(10))
    assert.strictEqual(memory.usedBytes, 10_000)
    memory.release(4000)
    assert.isTrue(memory.take(10))
    assert.strictEqual(memory.usedBytes, 6010)
    memory.requests(1)
    assert.isTrue(memory.take(10))
    memory.ahead(2 * 1024 * 1024)
    assert.isFalse(memory.take(10))
    assert.strictEqual(memory.usedBytes, 6030)
    await new Promise(setImmediate)
    assert.isFalse(memory.take(10), "another turn makes no room")
    memory.noLongerAhead(2 * 1024 * 1024)
    assert.isTrue(memory.take(10))
    assert.strictEqual(memory.usedBytes, 6050)
  })

  it("takes a whole batch in one turn, however large batches are", () => {
    const batchBytesMax = 1024 * 1024
    const memory = new BufferMemory(64 * 1024 * 1024, 10, batchBytesMax)
    assert.isTrue(memory.take(batchBytesMax - 1))
    assert.isFalse(memory.take(1))
  })

  it("lets go on who waits for what is ahead when no answer comes, until some of it is sent", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout"] })
    const memory = new BufferMemory(64 * 1024 * 1024, 10)
    const told: Array<string> = []
    const wait = (ms: number) => {
      vi.advanceTimersByTime(ms)
      return new Promise(setImmediate)
    }
    memory.requests(1)
    memory.ahead(256 * 1024)
    memory.drained(() => told.push("drained"))
    memory.inLine(() => told.push("in line") > 0)
    await wait(15)
    memory.requests(1)
    memory.requests(-1)
    await wait(15)
    assert.deepStrictEqual(told, [], "there was an answer")
    await wait(20)
    assert.deepStrictEqual(told, ["in line", "drained"])
    assert.isTrue(memory.hasRoom)
    memory.noLongerAhead(1024)
    memory.ahead(1024)
    assert.isFalse(memory.hasRoom, "it goes on")
  })

  it("lets go on who waits for a turn although those in line take all of each", async () => {
    const memory = new BufferMemory(64 * 1024 * 1024, 10)
    let left = 20
    memory.take(300 * 1024)
    memory.inLine(() => {
      while (left > 0 && memory.hasRoom) {
        left--
        memory.take(300 * 1024)
      }
      return left === 0
    })
    let told = 0
    memory.drained(() => told++)
    await new Promise(setImmediate)
    assert.strictEqual(told, 1)
    assert.isAbove(left, 0)
  })

  it("lets go on who waits for a turn in which the memory was used up, once it is free", async () => {
    const memory = new BufferMemory(512 * 1024, 10)
    let told = 0
    memory.take(256 * 1024)
    memory.drained(() => told++)
    memory.take(400 * 1024)
    await new Promise(setImmediate)
    assert.strictEqual(told, 0)
    memory.release(656 * 1024)
    await new Promise(setImmediate)
    assert.strictEqual(told, 1)
  })
})
