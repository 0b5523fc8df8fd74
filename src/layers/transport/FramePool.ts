// Memory of large frames, used again. Receiving into fresh memory costs three times as much CPU as
// into memory the process has touched before (page faults and collection, bench/layers/transport),
// so whoever is done with a frame may give it back (`Connection.recycle`).
//
// Invariants: only memory lent by this pool comes back, and once; size classes stand a quarter of a
// doubling apart, so that a frame kept for long wastes at most a fifth; what lies idle is bounded.
import type { FrameMemory } from "../../domain/wire/Frame.ts"

const POOLED_BYTES_MIN = 8 * 1024
const POOLED_BYTES_MAX = 4 * 1024 * 1024
const IDLE_BYTES_MAX = 16 * 1024 * 1024

export class FramePool implements FrameMemory {
  readonly #idle = new Map<number, Array<ArrayBufferLike>>()
  readonly #lent = new WeakSet<ArrayBufferLike>()
  #idleBytes = 0

  get idleBytes(): number {
    return this.#idleBytes
  }

  allocate(size: number): Buffer {
    if (size < POOLED_BYTES_MIN || size > POOLED_BYTES_MAX) return Buffer.allocUnsafeSlow(size)
    const classBytes = classOf(size)
    let memory = this.#idle.get(classBytes)?.pop()
    if (memory === undefined) memory = Buffer.allocUnsafeSlow(classBytes).buffer
    else this.#idleBytes -= classBytes
    this.#lent.add(memory)
    return Buffer.from(memory, 0, size)
  }

  /** Takes back what `allocate` gave; anything else, and anything twice, is left alone. */
  release(frame: Uint8Array): void {
    const memory = frame.buffer
    if (!this.#lent.delete(memory)) return
    const classBytes = memory.byteLength
    if (this.#idleBytes + classBytes > IDLE_BYTES_MAX) return
    const idle = this.#idle.get(classBytes)
    if (idle === undefined) this.#idle.set(classBytes, [memory])
    else idle.push(memory)
    this.#idleBytes += classBytes
  }
}

/** 32, 40, 48, 56, 64, 80, 96 KiB and so on. */
export function classOf(size: number): number {
  const step = 1 << Math.max(0, 29 - Math.clz32(size - 1))
  return Math.ceil(size / step) * step
}
