// A disk in memory that keeps what a real one promises and no more: what was not synced is lost in a
// crash, or reaches the device torn; names are lost with it until their directory is synced. It also
// fills up, fails on demand and holds operations back, so that the log above can be tested against all
// of that. Processes come and go (MemoryProcess), the disk stays.
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as Layer from "effect/Layer"
import { Disk, type DiskReason } from "./Disk.ts"
import { MemoryContent } from "./MemoryContent.ts"
import { MemoryNames } from "./MemoryNames.ts"
import * as MemoryProcess from "./MemoryProcess.ts"
import { failure, type Operation } from "./MemoryProcess.ts"

interface Fault {
  readonly operation: Operation
  readonly path: RegExp
  readonly reason: (typeof DiskReason)["Type"]
  times: number
}

export class MemoryDisk implements MemoryProcess.Machine {
  readonly names = new MemoryNames()
  readonly counts: Record<Operation, number> = {
    open: 0,
    read: 0,
    write: 0,
    sync: 0,
    truncate: 0,
    rename: 0,
    remove: 0
  }
  bytesRead = 0
  bytesFree = Infinity
  life = 0
  private readonly faults: Array<Fault> = []
  private readonly held = new Map<Operation, Latch.Latch>()
  private death: { readonly operation: Operation; left: number } | undefined
  private readonly canCrash: boolean

  constructor(options: { readonly canCrash: boolean } = { canCrash: true }) {
    this.canCrash = options.canCrash
  }

  /** The disk for a process that begins now and lives until the next `kill` or `crash`. */
  get service(): Disk["Service"] {
    return MemoryProcess.make(this)
  }

  get layer(): Layer.Layer<Disk> {
    return Layer.effect(Disk, Effect.sync(() => this.service))
  }

  /** The process dies: whatever it still asks for fails, what it wrote is there. */
  kill(): void {
    this.life++
    this.death = undefined
    for (const latch of this.held.values()) latch.openUnsafe()
    this.held.clear()
  }

  /** The process dies when it asks for the nth operation of that kind from now on. */
  killAt(operation: Operation, nth: number): void {
    this.death = { operation, left: nth }
  }

  /** The machine dies: what no sync has covered is lost, or torn where `random` is given. */
  crash(random?: () => number): void {
    this.kill()
    this.names.crash(random)
    for (const content of this.names.contents()) content.crash(random)
  }

  /** Lets so many bytes be written until the disk is full; Infinity frees it again. */
  fillUp(bytesFree = 0): void {
    this.bytesFree = bytesFree
  }

  /** Fails the next operations of that kind on paths that match. */
  failNext(
    operation: Operation,
    path: RegExp,
    { reason = "io", times = 1 }: { reason?: Fault["reason"]; times?: number } = {}
  ): void {
    this.faults.push({ operation, path, reason, times })
  }

  /** Holds operations of that kind back until the returned function is called. */
  hold(operation: Operation): () => void {
    const latch = Latch.makeUnsafe(false)
    this.held.set(operation, latch)
    return () => {
      this.held.delete(operation)
      latch.openUnsafe()
    }
  }

  turn(operation: Operation): Effect.Effect<void> {
    return this.held.get(operation)?.await ?? Effect.yieldNow
  }

  isHeld(operation: Operation): boolean {
    return this.held.has(operation)
  }

  meetFault(operation: Operation, path: string): void {
    if (this.death?.operation === operation && --this.death.left === 0) {
      this.kill()
      throw failure(operation, path, "io")
    }
    const fault = this.faults.find((fault) =>
      fault.operation === operation && fault.path.test(path)
    )
    if (fault === undefined) return
    if (--fault.times === 0) this.faults.splice(this.faults.indexOf(fault), 1)
    throw failure(operation, path, fault.reason)
  }

  create(path: string): MemoryContent {
    const content = new MemoryContent(this.canCrash)
    if (!this.names.put(path, content)) throw failure("open", path, "notFound")
    return content
  }

  /** A file as programs see it; changing the bytes damages what is seen. */
  bytesOf(path: string): Buffer {
    const content = this.names.file(path)
    if (content === undefined) throw failure("read", path, "notFound")
    return content.bytes
  }

  put(path: string, bytes: Uint8Array): void {
    const content = this.create(path)
    content.truncate(0)
    content.write(bytes, 0)
    content.sync()
    this.names.syncName(path)
  }
}

/** A disk of its own for whoever builds the layer, gone with it; crashes are not simulated. */
export const layer: Layer.Layer<Disk> = Layer.effect(
  Disk,
  Effect.sync(() => new MemoryDisk({ canCrash: false }).service)
)
