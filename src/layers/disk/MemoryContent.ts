// The bytes of one simulated file, twice: as programs see them, and as the device has them. What lies
// between the two is a list of writes and truncations that no sync has covered yet; a crash loses
// them, or, as real devices do, lets some through, whole or torn, in whatever order.

/** What a sync has not covered yet. */
type Pending =
  | { readonly _tag: "Write"; readonly bytes: Buffer; readonly position: number }
  | { readonly _tag: "Truncate"; readonly sizeBytes: number }

const BYTES_MIN = 256

/** Bytes that grow as they are written; what was never written reads as zeros. */
class Bytes {
  size = 0
  private buffer = Buffer.alloc(BYTES_MIN)

  get content(): Buffer {
    return this.buffer.subarray(0, this.size)
  }

  write(bytes: Uint8Array, position: number): void {
    const end = position + bytes.length
    this.reserve(end)
    this.buffer.set(bytes, position)
    this.size = Math.max(this.size, end)
  }

  truncate(sizeBytes: number): void {
    this.reserve(sizeBytes)
    this.buffer.fill(0, Math.min(sizeBytes, this.size), Math.max(sizeBytes, this.size))
    this.size = sizeBytes
  }

  private reserve(sizeBytes: number): void {
    if (sizeBytes <= this.buffer.length) return
    const larger = Buffer.alloc(Math.max(sizeBytes, this.buffer.length * 2))
    this.buffer.copy(larger)
    this.buffer = larger
  }
}

export class MemoryContent {
  private readonly seen = new Bytes()
  private readonly device: Bytes | undefined
  private pending: Array<Pending> = []

  /** Without `canCrash` only what programs see is kept, at half the memory. */
  constructor(canCrash: boolean) {
    this.device = canCrash ? new Bytes() : undefined
  }

  get sizeBytes(): number {
    return this.seen.size
  }

  /** What programs see; a view. */
  get bytes(): Buffer {
    return this.seen.content
  }

  write(bytes: Uint8Array, position: number): void {
    this.seen.write(bytes, position)
    if (this.device === undefined) return
    this.pending.push({ _tag: "Write", bytes: Buffer.from(bytes), position })
  }

  truncate(sizeBytes: number): void {
    this.seen.truncate(sizeBytes)
    if (this.device !== undefined) this.pending.push({ _tag: "Truncate", sizeBytes })
  }

  sync(): void {
    for (const change of this.pending.splice(0)) this.reach(change, 1)
  }

  /**
   * The machine loses its power. `random` gives numbers in [0, 1) and decides about each pending
   * change: a third is lost, a third is torn, a third reaches the device; without it all are lost.
   */
  crash(random: (() => number) | undefined): void {
    if (this.device === undefined) return
    for (const change of this.pending.splice(0)) {
      const fate = random?.() ?? 0
      if (fate >= 1 / 3) this.reach(change, fate >= 2 / 3 ? 1 : random!())
    }
    this.seen.truncate(0)
    this.seen.write(this.device.content, 0)
  }

  /** Brings the first `part` of a change to the device. */
  private reach(change: Pending, part: number): void {
    if (change._tag === "Truncate") this.device!.truncate(change.sizeBytes)
    else {
      const length = Math.ceil(change.bytes.length * part)
      this.device!.write(change.bytes.subarray(0, length), change.position)
    }
  }
}
