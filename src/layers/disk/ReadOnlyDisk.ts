// The real disk for who only looks: files are opened for reading, so that those of another user or of a
// mount that cannot be written will do, and whatever would change something fails by construction.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as fs from "node:fs"
import { Disk, type DiskError } from "./Disk.ts"
import { call, failure } from "./NodeCall.ts"
import * as NodeDisk from "./NodeDisk.ts"
import { NodeFile } from "./NodeFile.ts"

const open = Effect.fnUntraced(
  function*(file: string) {
    const descriptor = yield* call<number>(
      "open",
      file,
      (callback) => fs.open(file, fs.constants.O_RDONLY, callback)
    )
    const stats = yield* Effect.onError(
      call<fs.Stats>("stat", file, (callback) => fs.fstat(descriptor, callback)),
      () => Effect.sync(() => fs.closeSync(descriptor))
    )
    return new NodeFile(file, descriptor, stats.size)
  },
  Effect.uninterruptible
)

const refuse = (operation: string) => (path: string): Effect.Effect<never, DiskError> =>
  Effect.fail(failure(operation, path, new Error("this disk is only read")))

export const layer: Layer.Layer<Disk> = Layer.effect(
  Disk,
  Effect.map(Disk, (disk) => ({
    ...disk,
    open: (path, { create }) => create ? refuse("create")(path) : open(path),
    writeFileAtomic: refuse("write"),
    makeDirectory: refuse("make directory"),
    rename: refuse("rename"),
    syncDirectory: refuse("sync"),
    remove: refuse("remove")
  }))
).pipe(Layer.provide(NodeDisk.layer))
