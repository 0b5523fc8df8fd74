// What every disk does, the real one and the simulated one: what the log above is tested against in
// memory must hold on the machine.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import type { Disk, DiskError, DiskFile } from "../../../src/layers/disk/Disk.ts"

/** A disk, and an empty directory on it. */
export type Place = readonly [disk: Disk["Service"], directory: string]

const text = (content: string): Buffer => Buffer.from(content, "latin1")

const content = Effect.fnUntraced(function*(file: DiskFile) {
  const buffer = Buffer.alloc(file.sizeBytes)
  assert.strictEqual(yield* file.read(buffer, 0, buffer.length, 0), buffer.length)
  return buffer
})

const reasonOf = (failing: Effect.Effect<unknown, DiskError>): Effect.Effect<string, unknown> =>
  Effect.map(Effect.flip(failing), ({ reason }) => reason)

export const diskSuite = (
  name: string,
  place: Effect.Effect<Place, unknown, Scope.Scope>
): void => {
  const on = <E>(work: (...place: Place) => Effect.Effect<void, E>) =>
    Effect.flatMap(place, ([disk, directory]) => work(disk, directory))
  describe(name, () => {
    files(on)
    names(on)
    smallFiles(on)
  })
}

type On = <E>(
  work: (...place: Place) => Effect.Effect<void, E>
) => Effect.Effect<void, unknown, Scope.Scope>

const files = (on: On): void => {
  it.effect("a file takes many buffers at a position, small and large", () =>
    on(Effect.fnUntraced(function*(disk, directory) {
      const file = yield* disk.open(`${directory}/f`, { create: true })
      const many = Array.from({ length: 3000 }, (_, i) => Buffer.from([i & 0xff]))
      yield* file.write(many, 0)
      yield* file.write([Buffer.alloc(600_000, 7), text(""), text("end")], 3000)
      const bytes = yield* content(file)
      assert.isTrue(bytes.subarray(0, 3000).equals(Buffer.concat(many)))
      assert.isTrue(bytes.subarray(3000, 603_000).equals(Buffer.alloc(600_000, 7)))
      assert.strictEqual(bytes.toString("latin1", 603_000), "end")
      yield* file.write([], 0)
      assert.strictEqual(file.sizeBytes, 603_003)
    })))

  it.effect("a file is read no further than its end, into the place that was asked for", () =>
    on(Effect.fnUntraced(function*(disk, directory) {
      const file = yield* disk.open(`${directory}/f`, { create: true })
      yield* file.write([text("0123456789")], 0)
      const target = text("..........")
      assert.strictEqual(yield* file.read(target, 2, 3, 8), 2)
      assert.strictEqual(target.toString(), "..89......")
      assert.strictEqual(file.readSyncUnsafe(target, 4, 2, 1), 2)
      assert.strictEqual(target.toString(), "..8912....")
      assert.strictEqual(yield* file.read(target, 0, 5, 10), 0)
      assert.strictEqual(file.readSyncUnsafe(target, 0, 5, 99), 0)
    })))

  it.effect("a file is cut and grows with zeros", () =>
    on(Effect.fnUntraced(function*(disk, directory) {
      const file = yield* disk.open(`${directory}/f`, { create: true })
      assert.isTrue(file.writeSyncUnsafe([text("0123"), text("456789")], 0))
      yield* file.truncate(4)
      assert.strictEqual(file.sizeBytes, 4)
      yield* file.truncate(6)
      yield* file.write([text("x")], 8)
      yield* file.sync
      file.syncSyncUnsafe()
      assert.strictEqual((yield* content(file)).toString("latin1"), "0123\0\0\0\0x")
      assert.strictEqual((yield* disk.stat(`${directory}/f`))?.sizeBytes, 9)
    })))

  it.effect("a file that is opened again has what was written", () =>
    on(Effect.fnUntraced(function*(disk, directory) {
      const file = yield* disk.open(`${directory}/f`, { create: true })
      yield* file.write([text("abc")], 0)
      yield* file.close
      for (const create of [true, false]) {
        const again = yield* disk.open(`${directory}/f`, { create })
        assert.strictEqual((yield* content(again)).toString(), "abc")
        yield* again.close
      }
    })))

  it.effect("a file that was closed, once or twice, does nothing any more", () =>
    on(Effect.fnUntraced(function*(disk, directory) {
      const file = yield* disk.open(`${directory}/f`, { create: true })
      yield* file.close
      yield* file.close
      const byte = Buffer.alloc(1)
      assert.strictEqual(yield* reasonOf(file.write([byte], 0)), "io")
      assert.strictEqual(yield* reasonOf(file.read(byte, 0, 1, 0)), "io")
      assert.strictEqual(yield* reasonOf(file.sync), "io")
      assert.strictEqual(yield* reasonOf(file.truncate(0)), "io")
      assert.throws(() => file.readSyncUnsafe(byte, 0, 1, 0))
      assert.throws(() => file.writeSyncUnsafe([byte], 0))
      assert.throws(() => file.syncSyncUnsafe())
    })))

  it.effect("a write ends although who asked for it goes", () =>
    on(Effect.fnUntraced(function*(disk, directory) {
      const file = yield* disk.open(`${directory}/f`, { create: true })
      const large = [Buffer.alloc(2 << 20, 3)]
      const writing = yield* Effect.forkChild(file.write(large, 0), { startImmediately: true })
      yield* Fiber.interrupt(writing)
      assert.isTrue((yield* content(file)).equals(large[0]!))
    })))

  it.effect("a file whose name was removed is there for who has it open", () =>
    on(Effect.fnUntraced(function*(disk, directory) {
      const file = yield* disk.open(`${directory}/f`, { create: true })
      yield* file.write([text("abc")], 0)
      yield* disk.remove(`${directory}/f`)
      yield* (yield* disk.open(`${directory}/f`, { create: true })).close
      assert.strictEqual((yield* content(file)).toString(), "abc")
      assert.strictEqual((yield* disk.stat(`${directory}/f`))?.sizeBytes, 0)
    })))
}

const names = (on: On): void => {
  it.effect("directories are made with their parents, listed, renamed and removed", () =>
    on(Effect.fnUntraced(function*(disk, directory) {
      yield* disk.makeDirectory(`${directory}/a/b/c`)
      yield* disk.makeDirectory(`${directory}/a/b/c`)
      yield* disk.writeFileAtomic(`${directory}/a/b/f`, text("1"))
      assert.sameDeepMembers([...(yield* disk.list(`${directory}/a/b`))], [
        { name: "c", isDirectory: true },
        { name: "f", isDirectory: false }
      ])
      yield* disk.syncDirectory(`${directory}/a/b`)
      yield* disk.rename(`${directory}/a/b`, `${directory}/moved`)
      assert.isUndefined(yield* disk.stat(`${directory}/a/b`))
      assert.strictEqual((yield* disk.readFile(`${directory}/moved/f`)).toString(), "1")
      yield* disk.remove(`${directory}/moved`)
      yield* disk.remove(`${directory}/moved`)
      assert.isUndefined(yield* disk.stat(`${directory}/moved`))
    })))

  it.effect("a file that is renamed takes another's place", () =>
    on(Effect.fnUntraced(function*(disk, directory) {
      yield* disk.writeFileAtomic(`${directory}/from`, text("new"))
      yield* disk.writeFileAtomic(`${directory}/to`, text("old, and longer"))
      yield* disk.rename(`${directory}/from`, `${directory}/to`)
      yield* disk.rename(`${directory}/to`, `${directory}/to`)
      assert.strictEqual((yield* disk.readFile(`${directory}/to`)).toString(), "new")
      assert.deepStrictEqual(yield* disk.list(directory), [{ name: "to", isDirectory: false }])
    })))

  it.effect("what is not there is said to be so", () =>
    on(Effect.fnUntraced(function*(disk, directory) {
      const missing = `${directory}/missing`
      for (
        const failing of [
          disk.open(missing, { create: false }),
          disk.open(`${missing}/f`, { create: true }),
          disk.readFile(missing),
          disk.writeFileAtomic(`${missing}/f`, text("x")),
          disk.rename(missing, `${directory}/x`),
          disk.list(missing),
          disk.syncDirectory(missing)
        ]
      ) {
        assert.strictEqual(yield* reasonOf(failing), "notFound")
      }
      assert.isUndefined(yield* disk.stat(missing))
      assert.deepStrictEqual(yield* disk.list(directory), [])
    })))

  it.effect("nothing takes the place of a directory, nor a directory that of a file", () =>
    on(Effect.fnUntraced(function*(disk, directory) {
      yield* disk.makeDirectory(`${directory}/d`)
      yield* disk.makeDirectory(`${directory}/e`)
      yield* disk.writeFileAtomic(`${directory}/d/f`, text("x"))
      assert.strictEqual(yield* reasonOf(disk.makeDirectory(`${directory}/d/f`)), "exists")
      assert.strictEqual(
        yield* reasonOf(disk.rename(`${directory}/e`, `${directory}/d`)),
        "exists"
      )
      assert.strictEqual(yield* reasonOf(disk.open(`${directory}/d`, { create: true })), "io")
      assert.strictEqual(yield* reasonOf(disk.readFile(`${directory}/d`)), "io")
      assert.strictEqual(yield* reasonOf(disk.list(`${directory}/d/f`)), "io")
      assert.strictEqual((yield* disk.readFile(`${directory}/d/f`)).toString(), "x")
    })))
}

const smallFiles = (on: On): void => {
  it.effect("a small file is replaced whole, and nothing is left beside it", () =>
    on(Effect.fnUntraced(function*(disk, directory) {
      for (const content of ["first, and long", "2", ""]) {
        yield* disk.writeFileAtomic(`${directory}/f`, text(content))
        assert.strictEqual((yield* disk.readFile(`${directory}/f`)).toString(), content)
      }
      assert.deepStrictEqual(yield* disk.list(directory), [{ name: "f", isDirectory: false }])
    })))

  it.effect("of many who replace a file at once one wins, whole", () =>
    on(Effect.fnUntraced(function*(disk, directory) {
      const contents = Array.from({ length: 20 }, (_, i) => Buffer.alloc(1 + i * 4_000, i))
      yield* Effect.forEach(
        contents,
        (content) => disk.writeFileAtomic(`${directory}/f`, content),
        { concurrency: "unbounded", discard: true }
      )
      const found = yield* disk.readFile(`${directory}/f`)
      assert.isTrue(contents.some((content) => content.equals(found)))
      assert.deepStrictEqual(yield* disk.list(directory), [{ name: "f", isDirectory: false }])
    })))
}
