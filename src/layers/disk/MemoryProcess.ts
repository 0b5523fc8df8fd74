// The simulated disk as one process has it. Once the process was killed everything it still asks for
// fails: fibers that have not heard of their death cannot touch the disk of those who come after.
import * as Effect from "effect/Effect"
import { Disk, DiskError, type DiskFile, type DiskReason } from "./Disk.ts"
import type { MemoryContent } from "./MemoryContent.ts"
import type { MemoryNames } from "./MemoryNames.ts"

export type Operation = "open" | "read" | "write" | "sync" | "truncate" | "rename" | "remove"

/** What outlives the processes. */
export interface Machine {
  readonly names: MemoryNames
  /** How often each operation was asked for. */
  readonly counts: Record<Operation, number>
  /** How many bytes of files were read. */
  bytesRead: number
  /** What can be written until the disk is full. */
  bytesFree: number
  /** Counts the processes that used this disk; all but the last are dead. */
  readonly life: number
  /** Others get a turn before each operation, as on a real disk. */
  readonly turn: (operation: Operation) => Effect.Effect<void>
  readonly isHeld: (operation: Operation) => boolean
  /** Throws when the operation was asked to fail. */
  readonly meetFault: (operation: Operation, path: string) => void
  /** A new, empty file. */
  readonly create: (path: string) => MemoryContent
  /** Replaces what a file holds, durably. */
  readonly put: (path: string, bytes: Uint8Array) => void
}

export const failure = (
  operation: string,
  path: string,
  reason: (typeof DiskReason)["Type"]
): DiskError => new DiskError({ operation, path, reason, cause: `simulated: ${reason}` })

class Process {
  readonly disk: Machine
  private readonly life: number

  constructor(disk: Machine) {
    this.disk = disk
    this.life = disk.life
  }

  /** One operation, after a turn for others. What `work` throws as DiskError is its failure. */
  run<A>(operation: Operation, path: string, work: () => A): Effect.Effect<A, DiskError> {
    const attempt = Effect.suspend(() => {
      try {
        return Effect.succeed(this.runUnsafe(operation, path, work))
      } catch (error) {
        return error instanceof DiskError ? Effect.fail(error) : Effect.die(error)
      }
    })
    const turn = Effect.suspend(() => this.disk.turn(operation))
    return Effect.uninterruptible(Effect.andThen(turn, attempt))
  }

  runUnsafe<A>(operation: Operation, path: string, work: () => A): A {
    if (this.disk.life !== this.life) throw failure(operation, path, "io")
    this.disk.counts[operation]++
    this.disk.meetFault(operation, path)
    return work()
  }

  /** What is not there cannot be found; what is there is a directory. */
  reasonOfNoFile(path: string): "notFound" | "io" {
    return this.disk.names.find(path) === undefined ? "notFound" : "io"
  }

  existing(path: string): MemoryContent {
    const content = this.disk.names.file(path)
    if (content === undefined) throw failure("open", path, this.reasonOfNoFile(path))
    return content
  }
}

class MemoryFile implements DiskFile {
  readonly path: string
  private readonly content: MemoryContent
  private readonly process: Process
  private isOpen = true

  constructor(path: string, content: MemoryContent, process: Process) {
    this.path = path
    this.content = content
    this.process = process
  }

  get sizeBytes(): number {
    return this.content.sizeBytes
  }

  write(buffers: ReadonlyArray<Uint8Array>, position: number): Effect.Effect<void, DiskError> {
    return this.run("write", () => this.put(buffers, position))
  }

  writeSyncUnsafe(buffers: ReadonlyArray<Uint8Array>, position: number): boolean {
    if (this.process.disk.isHeld("write")) return false
    this.process.runUnsafe("write", this.path, () => {
      this.checkOpen("write")
      this.put(buffers, position)
    })
    return true
  }

  /** As much as the disk takes; what is written over has its place. */
  private put(buffers: ReadonlyArray<Uint8Array>, position: number): void {
    const { disk } = this.process
    let at = position
    for (const buffer of buffers) {
      const held = Math.min(buffer.length, Math.max(0, this.content.sizeBytes - at))
      const bytes = Math.min(buffer.length, held + disk.bytesFree)
      this.content.write(buffer.subarray(0, bytes), at)
      disk.bytesFree -= bytes - held
      if (bytes < buffer.length) throw failure("write", this.path, "full")
      at += bytes
    }
  }

  read(
    target: Buffer,
    offset: number,
    length: number,
    position: number
  ): Effect.Effect<number, DiskError> {
    return this.run("read", () => this.copy(target, offset, length, position))
  }

  readSyncUnsafe(target: Buffer, offset: number, length: number, position: number): number {
    return this.process.runUnsafe("read", this.path, () => {
      this.checkOpen("read")
      return this.copy(target, offset, length, position)
    })
  }

  holdUnsafe(): undefined {
    return undefined
  }

  get sync(): Effect.Effect<void, DiskError> {
    return this.run("sync", () => this.content.sync())
  }

  get isSyncQuick(): boolean {
    return !this.process.disk.isHeld("sync")
  }

  syncSyncUnsafe(): void {
    this.process.runUnsafe("sync", this.path, () => {
      this.checkOpen("sync")
      this.content.sync()
    })
  }

  truncate(sizeBytes: number): Effect.Effect<void, DiskError> {
    return this.run("truncate", () => {
      this.process.disk.bytesFree += Math.max(0, this.content.sizeBytes - sizeBytes)
      this.content.truncate(sizeBytes)
    })
  }

  get close(): Effect.Effect<void> {
    return Effect.sync(() => {
      this.isOpen = false
    })
  }

  private copy(target: Buffer, offset: number, length: number, position: number): number {
    const { bytes } = this.content
    const from = Math.min(position, bytes.length)
    const count = bytes.copy(target, offset, from, from + length)
    this.process.disk.bytesRead += count
    return count
  }

  private run<A>(operation: Operation, work: () => A): Effect.Effect<A, DiskError> {
    return this.process.run(operation, this.path, () => {
      this.checkOpen(operation)
      return work()
    })
  }

  private checkOpen(operation: Operation): void {
    if (!this.isOpen) throw failure(operation, this.path, "io")
  }
}

export const make = (disk: Machine): Disk["Service"] => {
  const process = new Process(disk)
  const { names } = disk
  return Disk.of({
    open: (path, { create }) =>
      process.run("open", path, () => {
        const isNew = create && names.find(path) === undefined
        const content = isNew ? disk.create(path) : process.existing(path)
        return new MemoryFile(path, content, process)
      }),
    readFile: (path) => process.run("read", path, () => Buffer.from(process.existing(path).bytes)),
    writeFileAtomic: (path, content) =>
      process.run("write", path, () => {
        if (content.length > disk.bytesFree) throw failure("write", path, "full")
        disk.bytesFree -= content.length
        disk.put(path, content)
      }),
    makeDirectory: (path) => process.run("open", path, () => names.makeDirectory(path)),
    list: (path) => process.run("read", path, () => names.list(path)),
    stat: (path) => process.run("read", path, () => names.stat(path)),
    space: (path) =>
      process.run("read", path, () => ({
        totalBytes: -1,
        usableBytes: disk.bytesFree === Infinity ? -1 : disk.bytesFree
      })),
    rename: (from, to) =>
      process.run("rename", from, () => {
        if (!names.rename(from, to)) throw failure("rename", from, "notFound")
      }),
    syncDirectory: (path) =>
      process.run("sync", path, () => {
        if (!names.syncDirectory(path)) throw failure("sync", path, "notFound")
      }),
    remove: (path) => process.run("remove", path, () => names.remove(path))
  })
}
