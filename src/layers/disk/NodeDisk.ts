// The real disk, over node:fs callbacks: a FileHandle promise costs two to five times as much a call
// (bench/layers/disk).
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as fs from "node:fs"
import * as path from "node:path"
import { Disk, type DiskEntry, type DiskError, orAbsent } from "./Disk.ts"
import { call } from "./NodeCall.ts"
import { NodeFile } from "./NodeFile.ts"
import { StackCalls } from "./StackCalls.ts"
import { SyncPace } from "./SyncPace.ts"

const stack = new StackCalls()
const pace = new SyncPace()
/** A larger file is read through the thread pool: the index of a full segment takes milliseconds. */
const STACK_READ_BYTES_MAX = 64 * 1024

/** One that is there; making one waits for the file system's journal. */
const openNow = (file: string): NodeFile => {
  const descriptor = fs.openSync(file, fs.constants.O_RDWR)
  try {
    return new NodeFile(file, descriptor, fs.fstatSync(descriptor).size, pace)
  } catch (error) {
    fs.closeSync(descriptor)
    throw error
  }
}

const open = (file: string, options: { readonly create: boolean }) =>
  options.create
    ? openLater(file, options)
    : stack.run("open", file, () => openNow(file), openLater(file, options))

/** Whoever holds a descriptor cannot be interrupted before it is somebody's to close. */
const openLater = Effect.fnUntraced(
  function*(file: string, options: { readonly create: boolean }) {
    const flags = options.create ? fs.constants.O_RDWR | fs.constants.O_CREAT : fs.constants.O_RDWR
    const descriptor = yield* call<number>(
      "open",
      file,
      (callback) => fs.open(file, flags, 0o644, callback)
    )
    const stats = yield* Effect.onError(
      call<fs.Stats>("stat", file, (callback) => fs.fstat(descriptor, callback)),
      () => close(file, descriptor)
    )
    return new NodeFile(file, descriptor, stats.size, pace)
  },
  Effect.uninterruptible
)

const close = (file: string, descriptor: number): Effect.Effect<void> =>
  Effect.ignore(
    call<void>("close", file, (callback) => fs.close(descriptor, callback as never))
  )

const syncDirectory = Effect.fnUntraced(
  function*(directory: string) {
    const descriptor = yield* call<number>(
      "open",
      directory,
      (callback) => fs.open(directory, "r", callback)
    )
    yield* Effect.ensuring(
      call<void>("sync", directory, (callback) => fs.fsync(descriptor, callback as never)),
      close(directory, descriptor)
    )
  },
  Effect.uninterruptible
)

const rename = (from: string, to: string): Effect.Effect<void, DiskError> =>
  call("rename", from, (callback) => fs.rename(from, to, callback as never))

const remove = (file: string): Effect.Effect<void, DiskError> =>
  call(
    "remove",
    file,
    (callback) =>
      fs.rm(file, { recursive: true, force: true }, (error) => callback(error, undefined))
  )

/** Files beside others that are being written; two writers of one file must not share one. */
const besides = new Set<string>()

const besideOf = (file: string): string => {
  let beside = `${file}.tmp`
  for (let i = 2; besides.has(beside); i++) beside = `${file}.${i}.tmp`
  return beside
}

const writeFileAtomic = Effect.fnUntraced(
  function*(file: string, content: Uint8Array) {
    const beside = besideOf(file)
    besides.add(beside)
    yield* writeBeside(file, beside, content).pipe(
      Effect.onError(() => Effect.ignore(remove(beside))),
      Effect.ensuring(Effect.sync(() => besides.delete(beside)))
    )
  },
  Effect.uninterruptible
)

const writeBeside = Effect.fnUntraced(
  function*(file: string, beside: string, content: Uint8Array) {
    const written = yield* open(beside, { create: true })
    yield* written.truncate(0).pipe(
      Effect.andThen(written.write([content], 0)),
      Effect.andThen(written.sync),
      Effect.ensuring(written.close)
    )
    yield* rename(beside, file)
    yield* syncDirectory(path.dirname(file))
  }
)

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

/** Undefined when that may take time, or the file grows meanwhile: a pipe is neither opened nor read. */
const readNow = (file: string): Buffer | undefined => {
  const stats = fs.statSync(file)
  if (!stats.isFile() || stats.size > STACK_READ_BYTES_MAX) return undefined
  const descriptor = fs.openSync(file, fs.constants.O_RDONLY)
  try {
    const content = Buffer.allocUnsafeSlow(stats.size + 1)
    const count = fs.readSync(descriptor, content, 0, content.length, 0)
    return count !== stats.size ? undefined : content.subarray(0, count)
  } finally {
    fs.closeSync(descriptor)
  }
}

const readFile = (file: string): Effect.Effect<Buffer, DiskError> =>
  stack.run(
    "read",
    file,
    () => readNow(file),
    call("read", file, (callback) => fs.readFile(file, callback))
  )

const asEntries = (entries: ReadonlyArray<fs.Dirent>): ReadonlyArray<DiskEntry> =>
  entries.map((entry) => ({ name: entry.name, isDirectory: entry.isDirectory() }))

const list = (directory: string): Effect.Effect<ReadonlyArray<DiskEntry>, DiskError> =>
  stack.run(
    "list",
    directory,
    () => asEntries(fs.readdirSync(directory, { withFileTypes: true })),
    Effect.map(
      call<ReadonlyArray<fs.Dirent>>(
        "list",
        directory,
        (callback) => fs.readdir(directory, { withFileTypes: true }, callback)
      ),
      asEntries
    )
  )

const stat = (file: string) =>
  stack.run(
    "stat",
    file,
    () => fs.statSync(file),
    call<fs.Stats>("stat", file, (callback) => fs.stat(file, callback))
  ).pipe(
    Effect.map((stats) => ({ sizeBytes: stats.size, modifiedMs: stats.mtimeMs })),
    orAbsent
  )

/** The disk of this machine. */
export const layer: Layer.Layer<Disk> = Layer.succeed(Disk, {
  open,
  readFile,
  writeFileAtomic,
  makeDirectory,
  list,
  stat,
  space: (file) =>
    Effect.map(
      call<fs.StatsFs>("stat volume", file, (callback) => fs.statfs(file, callback)),
      ({ bavail, blocks, bsize }) => ({ totalBytes: blocks * bsize, usableBytes: bavail * bsize })
    ),
  rename,
  syncDirectory,
  remove
})
