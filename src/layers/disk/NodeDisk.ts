// The real disk, over node:fs callbacks: a FileHandle promise costs two to five times as much a call
// (bench/layers/disk). Every effect that touches a file is uninterruptible, because the kernel goes
// on using a buffer whether or not somebody still waits.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as fs from "node:fs"
import * as path from "node:path"
import {
  Disk,
  type DiskEntry,
  DiskError,
  type DiskFile,
  type DiskReason,
  orAbsent
} from "./Disk.ts"

/** Linux takes at most so many buffers in one writev. */
const BUFFERS_MAX = 1024
/**
 * A write of at most so many bytes is made on the calling stack: the page cache takes 64 KB in 13 us,
 * a hop to the thread pool and back costs 30 us more. One that takes longer than STALL_MS met a device
 * that cannot keep up; the next WRITES_AFTER_STALL ones go through the pool, so that the event loop
 * waits for it once and not again.
 */
const STACK_WRITE_BYTES_MAX = 512 * 1024
const STALL_MS = 5
const WRITES_AFTER_STALL = 256

const reasonOf = (code: string | undefined): (typeof DiskReason)["Type"] => {
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
      return "full"
    case "ENOENT":
      return "notFound"
    case "EEXIST":
    case "ENOTEMPTY":
      return "exists"
    default:
      return "io"
  }
}

const failure = (operation: string, path: string, cause: unknown): DiskError =>
  new DiskError({
    operation,
    path,
    reason: reasonOf((cause as NodeJS.ErrnoException).code),
    cause
  })

type Callback<A> = (error: NodeJS.ErrnoException | null, value: A) => void

/** One call of node:fs as an effect. */
const call = <A>(
  operation: string,
  path: string,
  run: (callback: Callback<A>) => void
): Effect.Effect<A, DiskError> =>
  Effect.uninterruptible(Effect.callback((resume) => {
    run((error, value) =>
      resume(error === null ? Effect.succeed(value) : Effect.fail(failure(operation, path, error)))
    )
  }))

class NodeFile implements DiskFile {
  readonly path: string
  private readonly descriptor: number
  private size: number
  private isOpen = true
  private writesThroughPool = 0

  constructor(path: string, descriptor: number, size: number) {
    this.path = path
    this.descriptor = descriptor
    this.size = size
  }

  get sizeBytes(): number {
    return this.size
  }

  write(buffers: ReadonlyArray<Uint8Array>, position: number): Effect.Effect<void, DiskError> {
    return Effect.suspend(() => {
      if (bytesOf(buffers) <= STACK_WRITE_BYTES_MAX) {
        try {
          if (this.writeSyncUnsafe(buffers, position)) return Effect.void
        } catch (error) {
          return Effect.fail(error as DiskError)
        }
      }
      return this.writeThroughPool(buffers, position)
    })
  }

  writeSyncUnsafe(buffers: ReadonlyArray<Uint8Array>, position: number): boolean {
    if (this.writesThroughPool > 0) {
      this.writesThroughPool--
      return false
    }
    try {
      const start = performance.now()
      let left = buffers
      let at = position
      while (left.length > 0) {
        const written = left.length === 1
          ? fs.writeSync(this.descriptor, left[0]!, 0, left[0]!.length, at)
          : fs.writevSync(this.descriptor, left.slice(0, BUFFERS_MAX), at)
        at += written
        left = unwritten(left, written)
      }
      if (performance.now() - start > STALL_MS) this.writesThroughPool = WRITES_AFTER_STALL
      this.size = Math.max(this.size, at)
      return true
    } catch (error) {
      throw failure("write", this.path, error)
    }
  }

  private writeThroughPool(
    buffers: ReadonlyArray<Uint8Array>,
    position: number
  ): Effect.Effect<void, DiskError> {
    return call(
      "write",
      this.path,
      (callback: Callback<void>) =>
        writeAll(this.descriptor, buffers, position, (error, end) => {
          if (error === null) this.size = Math.max(this.size, end)
          callback(error, undefined)
        })
    )
  }

  read(
    target: Buffer,
    offset: number,
    length: number,
    position: number
  ): Effect.Effect<number, DiskError> {
    return call("read", this.path, (callback) => {
      readAll(this.descriptor, target, offset, length, position, 0, callback)
    })
  }

  readSyncUnsafe(target: Buffer, offset: number, length: number, position: number): number {
    let total = 0
    try {
      while (total < length) {
        const count = fs.readSync(
          this.descriptor,
          target,
          offset + total,
          length - total,
          position + total
        )
        if (count === 0) break
        total += count
      }
    } catch (error) {
      throw failure("read", this.path, error)
    }
    return total
  }

  get sync(): Effect.Effect<void, DiskError> {
    return call("sync", this.path, (callback) => fs.fdatasync(this.descriptor, callback as never))
  }

  truncate(sizeBytes: number): Effect.Effect<void, DiskError> {
    return call<void>(
      "truncate",
      this.path,
      (callback) =>
        fs.ftruncate(this.descriptor, sizeBytes, (error) => {
          if (error === null) this.size = sizeBytes
          callback(error, undefined)
        })
    )
  }

  get close(): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (!this.isOpen) return Effect.void
      this.isOpen = false
      return Effect.ignore(
        call<void>("close", this.path, (callback) => fs.close(this.descriptor, callback as never))
      )
    })
  }
}

/** Writes every buffer, however short the kernel's writes are. */
const writeAll = (
  descriptor: number,
  buffers: ReadonlyArray<Uint8Array>,
  position: number,
  callback: Callback<number>
): void => {
  const now = buffers.length > BUFFERS_MAX ? buffers.slice(0, BUFFERS_MAX) : buffers
  fs.writev(descriptor, now, position, (error, written) => {
    if (error !== null) return callback(error, position)
    const rest = unwritten(buffers, written)
    if (rest.length === 0) return callback(null, position + written)
    writeAll(descriptor, rest, position + written, callback)
  })
}

const bytesOf = (buffers: ReadonlyArray<Uint8Array>): number =>
  buffers.reduce((sum, buffer) => sum + buffer.length, 0)

const unwritten = (
  buffers: ReadonlyArray<Uint8Array>,
  written: number
): ReadonlyArray<Uint8Array> => {
  let index = 0
  let left = written
  while (index < buffers.length && left >= buffers[index]!.length) {
    left -= buffers[index]!.length
    index++
  }
  if (index === buffers.length) return []
  return [buffers[index]!.subarray(left), ...buffers.slice(index + 1)]
}

const readAll = (
  descriptor: number,
  target: Buffer,
  offset: number,
  length: number,
  position: number,
  total: number,
  callback: Callback<number>
): void => {
  if (length === 0) return callback(null, total)
  fs.read(descriptor, target, offset, length, position, (error, count) => {
    if (error !== null) return callback(error, total)
    if (count === 0 || count === length) return callback(null, total + count)
    readAll(
      descriptor,
      target,
      offset + count,
      length - count,
      position + count,
      total + count,
      callback
    )
  })
}

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

/** The disk of this machine. */
export const layer: Layer.Layer<Disk> = Layer.succeed(Disk, {
  open,
  readFile: (file) => call("read", file, (callback) => fs.readFile(file, callback)),
  writeFileAtomic,
  makeDirectory: (directory) =>
    call(
      "make directory",
      directory,
      (callback) => fs.mkdir(directory, { recursive: true }, (error) => callback(error, undefined))
    ),
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
