// One broker a directory; what a killed one left behind keeps nobody out.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { MemoryDisk } from "../../../src/layers/disk/MemoryDisk.ts"
import * as DirectoryLock from "../../../src/layers/storage/DirectoryLock.ts"

const left = (content: string) => {
  const memory = new MemoryDisk()
  memory.names.makeDirectory("/data")
  memory.put("/data/.lock", Buffer.from(content))
  return memory.service
}

describe("a data directory", () => {
  it.effect("is refused while another broker of this process has it", () =>
    Effect.gen(function*() {
      const disk = new MemoryDisk().service
      yield* Effect.scoped(Effect.gen(function*() {
        yield* DirectoryLock.acquire(disk, "/data")
        const error = yield* Effect.flip(DirectoryLock.acquire(disk, "/data/../data"))
        assert.include(error.message, "it is in use by another broker of this process")
        yield* DirectoryLock.acquire(disk, "/other")
      }))
      yield* DirectoryLock.acquire(disk, "/data")
    }))

  it.effect("is refused while the process that is named in its lock lives", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(DirectoryLock.acquire(left(`${process.ppid}`), "/data"))
      assert.include(error.message, `it is in use by process ${process.ppid}`)
    }))

  it.effect("is given when that process is gone, or its id belongs to another now", () =>
    Effect.gen(function*() {
      for (const content of ["999999999", `${process.ppid} 17`, `${process.pid}`, "", "garbage"]) {
        yield* DirectoryLock.acquire(left(content), "/data")
      }
    }))
})
