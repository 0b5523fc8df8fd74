// The real disk, over node:fs callbacks: a FileHandle promise costs two to five times as much a call
// (bench/layers/disk).
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as fs from "node:fs"
import * as path from "node:path"
import { Disk, type DiskEntry, type DiskError, orAbsent } from "./Disk.ts"
import { call, type Callback } from "./NodeCall.ts"
import { NodeFile } from "./NodeFile.ts"

const open = Effect.fnUntraced(function*(file: string, options: { readonly create: boolean }) {
  const flags = options.create ? fs.constants.O_RDWR | fs.constants.O_CREAT : fs.constants.O_RDWR
  const descriptor = yield* call<number>(
    "open",
    file,
    (callback) => fs.open(file, flags, 0o644, callback)
  )
  const stats = yield* call<fs.Stats>("stat", file, (callback) => fs.fstat(descriptor, callback))
  return new NodeFile(file, descriptor, stats.size)
})

const syncDirectory = Effect.fnUntraced(function*(directory: string) {
  const descriptor = yield* call<number>(
    "open",
    directory,
    (callback) => fs.open(directory, "r", callback)
  )
  yield* call<void>("sync", directory, (callback) => fs.fsync(descriptor, callback as never)).pipe(
    Effect.ensuring(Effect.ignore(
      call<void>("close", directory, (callback) => fs.close(descriptor, callback as never))
    ))
  )
})

const rename = (from: string, to: string): Effect.Effect<void, DiskError> =>
  call("rename", from, (callback) => fs.rename(from, to, callback as never))

const writeFileAtomic = Effect.fnUntraced(function*(file: string, content: Uint8Array) {
  const beside = `${file}.tmp`
  const written = yield* open(beside, { create: true })
  yield* written.truncate(0).pipe(
    Effect.andThen(written.write([content], 0)),
    Effect.andThen(written.sync),
    Effect.ensuring(written.close)
  )
  yield* rename(beside, file)
  yield* syncDirectory(path.dirname(file))
})

/** Each directory that was made is a name in its parent, which must be synced to keep it. */
const makeDirectory = Effect.fnUntraced(function*(directory: string) {
  const first = yield* call<string | undefined>(
    "make directory",
    directory,
    (callback) => fs.mkdir(directory, { recursive: true }, callback)
  )
  if (first === undefined) return
  const top = path.dirname(path.resolve(first))
  let parent = path.resolve(directory)
  while (parent !== top) {
    parent = path.dirname(parent)
    yield* Effect.catchIf(syncDirectory(parent), isForbidden, () => Effect.void)
  }
})

/** A directory of somebody else's cannot be synced by us; what lies in it is up to them. */
const isForbidden = ({ cause }: DiskError): boolean =>
  ["EACCES", "EPERM"].includes((cause as NodeJS.ErrnoException).code ?? "")

/** The disk of this machine. */
export const layer: Layer.Layer<Disk> = Layer.succeed(Disk, {
  open,
  readFile: (file) => call("read", file, (callback) => fs.readFile(file, callback)),
  writeFileAtomic,
  makeDirectory,
  list: (directory) =>
    call(
      "list",
      directory,
      (callback: Callback<ReadonlyArray<DiskEntry>>) =>
        fs.readdir(directory, { withFileTypes: true }, (error, entries) =>
          callback(
            error,
            (entries ?? []).map((entry) => ({ name: entry.name, isDirectory: entry.isDirectory() }))
          ))
    ),
  stat: (file) =>
    call<fs.Stats>("stat", file, (callback) => fs.stat(file, callback)).pipe(
      Effect.map((stats) => ({ sizeBytes: stats.size, modifiedMs: stats.mtimeMs })),
      orAbsent
    ),
  rename,
  syncDirectory,
  remove: (file) =>
    call(
      "remove",
      file,
      (callback) =>
        fs.rm(file, { recursive: true, force: true }, (error) => callback(error, undefined))
    )
})
