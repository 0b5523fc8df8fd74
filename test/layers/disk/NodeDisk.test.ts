// The real disk, in a directory of its own: what is written is read back, errors have their reasons,
// and a file that is closed while in use does not hand its descriptor on too early.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { Disk, type DiskFile } from "../../../src/layers/disk/Disk.ts"
import * as NodeDisk from "../../../src/layers/disk/NodeDisk.ts"

const scratch = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "mymq-disk-"))),
  (directory) => Effect.sync(() => fs.rmSync(directory, { recursive: true, force: true }))
)

const withDisk = <A, E>(
  work: (disk: Disk["Service"], directory: string) => Effect.Effect<A, E>
) =>
  Effect.gen(function*() {
    return yield* work(yield* Disk, yield* scratch)
  }).pipe(Effect.provide(NodeDisk.layer))

const content = Effect.fnUntraced(function*(file: DiskFile) {
  const buffer = Buffer.alloc(file.sizeBytes)
  assert.strictEqual(yield* file.read(buffer, 0, buffer.length, 0), buffer.length)
  return buffer
})

describe("files", () => {
  it.effect("take many buffers at a position, small and large", () =>
    withDisk((disk, directory) =>
      Effect.gen(function*() {
        const file = yield* disk.open(`${directory}/f`, { create: true })
        const many = Array.from({ length: 3000 }, (_, i) => Buffer.from([i & 0xff]))
        yield* file.write(many, 0)
        yield* file.write([Buffer.alloc(600_000, 7), Buffer.from("end")], 3000)
        const bytes = yield* content(file)
        assert.isTrue(bytes.subarray(0, 3000).equals(Buffer.concat(many)))
        assert.isTrue(bytes.subarray(3000, 603_000).every((byte) => byte === 7))
        assert.strictEqual(bytes.toString("latin1", 603_000), "end")
        yield* file.close
      })
    ))

  it.effect("know their size, are cut, and read no further than their end", () =>
    withDisk((disk, directory) =>
      Effect.gen(function*() {
        const path = `${directory}/f`
        const file = yield* disk.open(path, { create: true })
        yield* file.write([Buffer.from("0123456789")], 0)
        yield* file.truncate(4)
        yield* file.sync
        assert.strictEqual(file.sizeBytes, 4)
        assert.strictEqual(file.readSyncUnsafe(Buffer.alloc(10), 0, 10, 1), 3)
        yield* file.close
        const again = yield* disk.open(path, { create: false })
        assert.strictEqual(again.sizeBytes, 4)
        yield* again.close
      })
    ))

  it.effect("are closed once nothing uses them, and useless from then on", () =>
    withDisk((disk, directory) =>
      Effect.gen(function*() {
        const file = yield* disk.open(`${directory}/f`, { create: true })
        const large = [Buffer.alloc(4 << 20, 1)]
        const writing = yield* Effect.forkChild(file.write(large, 0), { startImmediately: true })
        yield* file.close
        const other = yield* disk.open(`${directory}/g`, { create: true })
        yield* Fiber.join(writing)
        yield* file.close
        assert.strictEqual((yield* disk.stat(`${directory}/f`))?.sizeBytes, 4 << 20)
        assert.strictEqual((yield* disk.stat(`${directory}/g`))?.sizeBytes, 0)
        assert.strictEqual((yield* Effect.flip(file.sync)).reason, "io")
        assert.throws(() => file.readSyncUnsafe(Buffer.alloc(1), 0, 1, 0))
        assert.throws(() => file.writeSyncUnsafe([Buffer.alloc(1)], 0))
        yield* other.close
      })
    ))
})

describe("names", () => {
  it.effect("of directories are made with their parents, listed, renamed and removed", () =>
    withDisk((disk, directory) =>
      Effect.gen(function*() {
        yield* disk.makeDirectory(`${directory}/a/b/c`)
        yield* disk.makeDirectory(`${directory}/a/b/c`)
        yield* disk.writeFileAtomic(`${directory}/a/b/f`, Buffer.from("one"))
        yield* disk.writeFileAtomic(`${directory}/a/b/f`, Buffer.from("2"))
        assert.strictEqual((yield* disk.readFile(`${directory}/a/b/f`)).toString(), "2")
        const names = yield* disk.list(`${directory}/a/b`)
        assert.sameDeepMembers([...names], [
          { name: "c", isDirectory: true },
          { name: "f", isDirectory: false }
        ])
        yield* disk.rename(`${directory}/a/b`, `${directory}/moved`)
        assert.isUndefined(yield* disk.stat(`${directory}/a/b`))
        yield* disk.remove(`${directory}/moved`)
        yield* disk.remove(`${directory}/moved`)
        assert.isUndefined(yield* disk.stat(`${directory}/moved`))
      })
    ))

  it.effect("that are not there are said to be so", () =>
    withDisk((disk, directory) =>
      Effect.gen(function*() {
        const missing = `${directory}/missing`
        const failures: ReadonlyArray<Effect.Effect<unknown, { readonly reason: string }>> = [
          disk.open(missing, { create: false }),
          disk.readFile(missing),
          disk.rename(missing, `${directory}/x`),
          disk.list(missing)
        ]
        for (const failing of failures) {
          assert.strictEqual((yield* Effect.flip(failing)).reason, "notFound")
        }
      })
    ))
})
