// The real disk, in a directory of its own: all that every disk does, and what only a real one can
// get wrong: descriptors that leak or go on to another file, errors of the kernel, files left
// behind.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { Disk } from "../../../src/layers/disk/Disk.ts"
import * as NodeDisk from "../../../src/layers/disk/NodeDisk.ts"
import { diskSuite, type Place } from "./DiskSuite.ts"

const scratch = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "mymq-disk-"))),
  (directory) => Effect.sync(() => fs.rmSync(directory, { recursive: true, force: true }))
)

const place = Effect.gen(function*() {
  const made: Place = [yield* Disk, yield* scratch]
  return made
}).pipe(Effect.provide(NodeDisk.layer))

diskSuite("the disk of this machine", place)

const isLinux = process.platform === "linux"
const descriptors = (): number => fs.readdirSync("/proc/self/fd").length

describe("a descriptor", () => {
  it.effect("is closed once nothing uses it, not before", () =>
    Effect.gen(function*() {
      const [disk, directory] = yield* place
      const file = yield* disk.open(`${directory}/f`, { create: true })
      const large = [Buffer.alloc(4 << 20, 1)]
      const writing = yield* Effect.forkChild(file.write(large, 0), { startImmediately: true })
      yield* file.close
      const other = yield* disk.open(`${directory}/g`, { create: true })
      yield* Fiber.join(writing)
      assert.strictEqual((yield* disk.stat(`${directory}/f`))?.sizeBytes, 4 << 20)
      assert.strictEqual((yield* disk.stat(`${directory}/g`))?.sizeBytes, 0)
      yield* other.close
    }))

  it.effect.skipIf(!isLinux)(
    "is not lost when who replaces a file goes",
    () =>
      Effect.gen(function*() {
        const [disk, directory] = yield* place
        const work = Effect.andThen(
          disk.writeFileAtomic(`${directory}/f`, Buffer.from("x")),
          disk.syncDirectory(directory)
        )
        yield* work
        const before = descriptors()
        for (let turns = 0; turns < 40; turns++) {
          const working = yield* Effect.forkChild(work, { startImmediately: true })
          for (let i = 0; i < turns; i++) yield* Effect.yieldNow
          yield* Fiber.interrupt(working)
        }
        assert.strictEqual(descriptors(), before)
        assert.deepStrictEqual(fs.readdirSync(directory), ["f"])
      })
  )
})

describe("a failure", () => {
  it.effect.skipIf(!isLinux)("of a full device is known as such", () =>
    Effect.gen(function*() {
      const [disk] = yield* place
      const file = yield* disk.open("/dev/full", { create: false })
      for (const size of [1, 1 << 20]) {
        const error = yield* Effect.flip(file.write([Buffer.alloc(size)], 0))
        assert.strictEqual(error.reason, "full")
        assert.match(error.message, /^write \/dev\/full: full .*ENOSPC/)
      }
      yield* file.close
    }))

  it.effect("to replace a file leaves nothing beside it", () =>
    Effect.gen(function*() {
      const [disk, directory] = yield* place
      yield* disk.makeDirectory(`${directory}/d/e`)
      yield* Effect.flip(disk.writeFileAtomic(`${directory}/d`, Buffer.from("x")))
      assert.deepStrictEqual(fs.readdirSync(directory), ["d"])
    }))

  it.effect("that a crash has left beside a file does not stay in it", () =>
    Effect.gen(function*() {
      const [disk, directory] = yield* place
      fs.writeFileSync(`${directory}/f.tmp`, "what a crash left behind, and longer")
      yield* disk.writeFileAtomic(`${directory}/f`, Buffer.from("x"))
      assert.strictEqual(fs.readFileSync(`${directory}/f`, "utf8"), "x")
      assert.deepStrictEqual(fs.readdirSync(directory), ["f"])
    }))
})

describe("a file that is read", () => {
  it.effect("comes whole, whatever its size", () =>
    Effect.gen(function*() {
      const [disk, directory] = yield* place
      for (const size of [0, 1, 65_536, 65_537, 1 << 20]) {
        const content = Buffer.alloc(size, "kafka")
        fs.writeFileSync(`${directory}/f`, content)
        assert.isTrue((yield* disk.readFile(`${directory}/f`)).equals(content), `${size} bytes`)
      }
    }))

  it.effect.skipIf(!isLinux)(
    "may be one whose size the kernel does not tell",
    () =>
      Effect.gen(function*() {
        const [disk] = yield* place
        assert.match((yield* disk.readFile("/proc/self/status")).toString(), /^Name:/)
      })
  )
})
