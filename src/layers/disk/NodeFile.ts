// One open file of the real disk. A descriptor is closed only when no call of the thread pool uses it any
// more: its number is given to the next file that is opened, and a late write would land there.
import * as Effect from "effect/Effect"
import * as fs from "node:fs"
import type { DiskError, DiskFile, HeldFile } from "./Disk.ts"
import { call, type Callback, failure } from "./NodeCall.ts"
import { SyncPace } from "./SyncPace.ts"
import { WriteStalls } from "./WriteStalls.ts"

/** Linux takes at most so many buffers in one writev. */
const BUFFERS_MAX = 1024
/** Larger writes go through the thread pool, to which the hop is then little. */
const STACK_WRITE_BYTES_MAX = 512 * 1024

export class NodeFile implements DiskFile {
  readonly path: string
  private readonly descriptor: number
  private size: number
  /** Calls that are with the thread pool. */
  private calls = 0
  /** Who sends from the descriptor. */
  private holds = 0
  private isClosed = false
  private onClosed: () => void = () => {}
  private readonly stalls = new WriteStalls()
  private readonly pace: SyncPace

  constructor(path: string, descriptor: number, size: number, pace = new SyncPace()) {
    this.path = path
    this.descriptor = descriptor
    this.size = size
    this.pace = pace
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
    this.checkOpen("write")
    if (this.stalls.isStalled) return false
    this.pace.used(this)
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
      this.stalls.onStack(performance.now() - start)
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
    return this.call<void>("write", (callback) => {
      const start = performance.now()
      writeAll(this.descriptor, buffers, position, (error, end) => {
        this.stalls.throughPool(performance.now() - start)
        if (error === null) this.size = Math.max(this.size, end)
        callback(error, undefined)
      })
    })
  }

  read(
    target: Buffer,
    offset: number,
    length: number,
    position: number
  ): Effect.Effect<number, DiskError> {
    return this.call<number>(
      "read",
      (callback) => readAll(this.descriptor, target, offset, length, position, 0, callback)
    )
  }

  readSyncUnsafe(target: Buffer, offset: number, length: number, position: number): number {
    this.checkOpen("read")
    return this.readHeld(target, offset, length, position)
  }

  private readHeld(target: Buffer, offset: number, length: number, position: number): number {
    this.pace.used(this)
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

  holdUnsafe(): HeldFile | undefined {
    if (this.isClosed) return undefined
    this.holds++
    return {
      descriptor: this.descriptor,
      readSyncUnsafe: (target, offset, length, position) =>
        this.readHeld(target, offset, length, position),
      release: () => {
        this.holds--
        this.closeWhenFree()
      }
    }
  }

  get sync(): Effect.Effect<void, DiskError> {
    return this.call<void>("sync", (callback) => {
      const start = performance.now()
      fs.fdatasync(this.descriptor, (error) => {
        this.pace.throughPool(this, performance.now() - start)
        callback(error, undefined)
      })
    })
  }

  get isSyncQuick(): boolean {
    return this.pace.isQuick(this)
  }

  syncSyncUnsafe(): void {
    this.checkOpen("sync")
    const start = performance.now()
    try {
      fs.fdatasyncSync(this.descriptor)
    } catch (error) {
      throw failure("sync", this.path, error)
    } finally {
      this.pace.onStack(this, performance.now() - start)
    }
  }

  truncate(sizeBytes: number): Effect.Effect<void, DiskError> {
    return this.call<void>(
      "truncate",
      (callback) =>
        fs.ftruncate(this.descriptor, sizeBytes, (error) => {
          if (error === null) this.size = sizeBytes
          callback(error, undefined)
        })
    )
  }

  get close(): Effect.Effect<void> {
    return Effect.callback((resume) => {
      if (this.isClosed) return resume(Effect.void)
      this.isClosed = true
      // Who is sent to may take as long as it likes: a close does not wait for that.
      if (this.holds > 0) resume(Effect.void)
      else this.onClosed = () => resume(Effect.void)
      this.closeWhenFree()
    })
  }

  /** What the kernel says of the close is of no use: the descriptor is gone in any case. */
  private closeWhenFree(): void {
    if (!this.isClosed || this.calls > 0 || this.holds > 0) return
    fs.close(this.descriptor, () => this.onClosed())
  }

  /** A call that goes through the thread pool. */
  private call<A>(
    operation: string,
    run: (callback: Callback<A>) => void
  ): Effect.Effect<A, DiskError> {
    return call(operation, this.path, (callback) => {
      if (this.isClosed) return callback(new Error("the file is closed"), undefined as A)
      this.calls++
      run((error, value) => {
        this.calls--
        this.closeWhenFree()
        callback(error, value)
      })
    })
  }

  private checkOpen(operation: string): void {
    if (this.isClosed) throw failure(operation, this.path, new Error("the file is closed"))
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
