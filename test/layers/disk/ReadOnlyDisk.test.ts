// A disk for who only looks: it reads what the real one has, and refuses whatever would change something.
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { Disk } from "../../../src/layers/disk/Disk.ts"
import * as ReadOnlyDisk from "../../../src/layers/disk/ReadOnlyDisk.ts"

it.live("reads, and changes nothing", () =>
  Effect.gen(function*() {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "mymq-test-"))
    yield* Effect.addFinalizer(() => Effect.sync(() => fs.rmSync(directory, { recursive: true })))
    const there = path.join(directory, "there")
    const other = path.join(directory, "other")
    fs.writeFileSync(there, "content")
    const disk = yield* Disk
    const file = yield* disk.open(there, { create: false })
    const target = Buffer.alloc(7)
    assert.strictEqual(yield* file.read(target, 0, 7, 0), 7)
    const changes = [
      file.write([Buffer.from("x")], 0),
      file.truncate(0),
      disk.open(other, { create: true }),
      disk.writeFileAtomic(there, Buffer.from("x")),
      disk.makeDirectory(other),
      disk.rename(there, other),
      disk.remove(there)
    ]
    for (const change of changes) assert.strictEqual((yield* Effect.exit(change))._tag, "Failure")
    yield* file.close
    assert.strictEqual((yield* disk.readFile(there)).toString(), "content")
    assert.deepStrictEqual(fs.readdirSync(directory), ["there"])
  }).pipe(Effect.provide(ReadOnlyDisk.layer)))
