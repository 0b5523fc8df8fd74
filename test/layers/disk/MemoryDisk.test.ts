// The simulated disk keeps what it says: only what was synced is sure to survive a crash.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { MemoryDisk } from "../../../src/layers/disk/MemoryDisk.ts"
import { diskSuite, type Place } from "./DiskSuite.ts"

/** A disk that keeps what programs see, and another that knows what a crash would leave too. */
for (const canCrash of [true, false]) {
  diskSuite(
    `a simulated disk that can${canCrash ? "" : "not"} crash`,
    Effect.gen(function*() {
      const made: Place = [new MemoryDisk({ canCrash }).service, "/data"]
      yield* made[0].makeDirectory(made[1])
      return made
    })
  )
}

const text = (bytes: Buffer): string => bytes.toString("latin1")
const bytes = (content: string): Buffer => Buffer.from(content, "latin1")

/** A disk with a durable file "d/f" that holds "synced", open. */
const withFile = Effect.gen(function*() {
  const memory = new MemoryDisk()
  const disk = memory.service
  yield* disk.makeDirectory("d")
  const file = yield* disk.open("d/f", { create: true })
  yield* file.write([bytes("syn"), bytes("ced")], 0)
  yield* file.sync
  yield* disk.syncDirectory("d")
  return { memory, disk, file }
})

describe("a crash", () => {
  it.effect("loses what no sync has covered", () =>
    Effect.gen(function*() {
      const { file, memory } = yield* withFile
      yield* file.write([bytes("never")], 6)
      yield* file.truncate(3)
      memory.crash()
      assert.strictEqual(text(yield* memory.service.readFile("d/f")), "synced")
    }))

  it.effect("lets through or tears what no sync has covered", () =>
    Effect.gen(function*() {
      const fates: ReadonlyArray<readonly [ReadonlyArray<number>, string]> = [
        [[0.9], "synced-whole"],
        [[0.5, 0.5], "synced-wh"],
        [[0.1], "synced"]
      ]
      for (const [numbers, expected] of fates) {
        const { disk, file, memory } = yield* withFile
        yield* file.write([bytes("-whole")], 6)
        yield* disk.syncDirectory("d")
        const queue = [0.9, 0.9, ...numbers]
        memory.crash(() => queue.shift()!)
        assert.strictEqual(text(yield* memory.service.readFile("d/f")), expected)
      }
    }))

  it.effect("loses names until their directory was synced", () =>
    Effect.gen(function*() {
      const { disk, memory } = yield* withFile
      const other = yield* disk.open("d/g", { create: true })
      yield* other.write([bytes("x")], 0)
      yield* other.sync
      yield* disk.rename("d/f", "d/moved")
      memory.crash()
      assert.deepStrictEqual(yield* memory.service.list("d"), [{ name: "f", isDirectory: false }])
    }))

  it.effect("keeps what was replaced atomically", () =>
    Effect.gen(function*() {
      const { disk, memory } = yield* withFile
      yield* disk.writeFileAtomic("d/f", bytes("new"))
      memory.crash()
      assert.strictEqual(text(yield* memory.service.readFile("d/f")), "new")
    }))
})

describe("a process that was killed", () => {
  it.effect("keeps its writes and loses its handles", () =>
    Effect.gen(function*() {
      const { disk, file, memory } = yield* withFile
      yield* file.write([bytes("!")], 6)
      memory.kill()
      assert.strictEqual((yield* Effect.flip(file.sync)).reason, "io")
      assert.strictEqual((yield* Effect.flip(disk.readFile("d/f"))).reason, "io")
      assert.strictEqual(text(yield* memory.service.readFile("d/f")), "synced!")
    }))

  it.effect("does not do what it was held back from", () =>
    Effect.gen(function*() {
      const { disk, memory } = yield* withFile
      memory.hold("rename")
      const fiber = yield* Effect.forkChild(disk.rename("d/f", "d/g"), { startImmediately: true })
      memory.kill()
      assert.isTrue((yield* Fiber.await(fiber))._tag === "Failure")
      assert.isDefined(yield* memory.service.stat("d/f"))
    }))
})

describe("trouble", () => {
  it.effect("a full disk takes what fits, then fails as full until it is freed", () =>
    Effect.gen(function*() {
      const { file, memory } = yield* withFile
      memory.fillUp(2)
      assert.strictEqual((yield* Effect.flip(file.write([bytes("1234")], 6))).reason, "full")
      assert.strictEqual(text(memory.bytesOf("d/f")), "synced12")
      memory.fillUp(Infinity)
      yield* file.write([bytes("1234")], 6)
      assert.strictEqual(text(memory.bytesOf("d/f")), "synced1234")
    }))

  it.effect("fails the operations it was asked to, so often", () =>
    Effect.gen(function*() {
      const { disk, file, memory } = yield* withFile
      memory.failNext("sync", /f$/)
      yield* disk.syncDirectory("d")
      assert.strictEqual((yield* Effect.flip(file.sync)).operation, "sync")
      yield* file.sync
    }))

  it.effect("holds operations back until they are let go", () =>
    Effect.gen(function*() {
      const { file, memory } = yield* withFile
      const release = memory.hold("write")
      assert.isFalse(file.writeSyncUnsafe([bytes("no")], 6))
      const fiber = yield* Effect.forkChild(file.write([bytes("!")], 6), {
        startImmediately: true
      })
      yield* Effect.yieldNow
      assert.strictEqual(text(memory.bytesOf("d/f")), "synced")
      release()
      yield* Fiber.join(fiber)
      assert.strictEqual(text(memory.bytesOf("d/f")), "synced!")
    }))
})
