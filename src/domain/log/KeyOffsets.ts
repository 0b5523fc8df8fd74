// The newest offset of each key in the uncompacted part of a log, in memory of a fixed size: an open
// table of digests, 24 bytes a slot, whatever the length of the keys. The digest is made outside; it
// must be one that nobody can aim, because of two keys with the same digest one would be lost.
// Source: Kafka's SkimpyOffsetMap.

export const SLOT_BYTES = 24
/** Bytes of a digest that are kept. */
export const DIGEST_BYTES = 16
const WORDS = DIGEST_BYTES / 4
const FREE = 0

/** The digest of a key: at least DIGEST_BYTES characters, one a byte. */
export type Digest = (key: Buffer) => string

export class KeyOffsets {
  private readonly words: Int32Array
  /** Each plus one, so that memory which nobody has touched is free slots, and costs nothing. */
  private readonly offsets: Float64Array
  private readonly slots: number
  private readonly digest: Digest
  /** The most keys that are taken: a full table would be searched without end. */
  readonly capacity: number
  private count = 0
  /** All records before this offset were seen; what lies behind it is not known here. */
  endOffset = 0

  constructor(options: {
    readonly slots: number
    readonly loadFactor: number
    readonly digest: Digest
  }) {
    this.slots = Math.max(2, options.slots)
    this.words = new Int32Array(this.slots * WORDS)
    this.offsets = new Float64Array(this.slots)
    this.digest = options.digest
    this.capacity = Math.max(1, Math.min(this.slots - 1, this.slots * options.loadFactor | 0))
  }

  get size(): number {
    return this.count
  }

  /** Notes a record; false, and nothing is noted, when its key is new and there is no room for it. */
  put(key: Buffer, offset: number): boolean {
    const digest = this.digest(key)
    const slot = this.find(digest)
    if (this.offsets[slot] === FREE) {
      if (this.count >= this.capacity) return false
      this.count++
      for (let i = 0; i < WORDS; i++) this.words[slot * WORDS + i] = wordOf(digest, i)
    }
    this.offsets[slot] = offset + 1
    return true
  }

  /** Of the newest record that was noted with the key; -1 where there was none. */
  get(key: Buffer): number {
    return this.offsets[this.find(this.digest(key))]! - 1
  }

  /** The slot of a digest, or the free one where it would go. */
  private find(digest: string): number {
    const { offsets, slots, words } = this
    const a = wordOf(digest, 0)
    const b = wordOf(digest, 1)
    const c = wordOf(digest, 2)
    const d = wordOf(digest, 3)
    let slot = (a >>> 0) % slots
    while (offsets[slot] !== FREE) {
      const at = slot * WORDS
      if (words[at] === a && words[at + 1] === b && words[at + 2] === c && words[at + 3] === d) {
        break
      }
      slot = slot + 1 === slots ? 0 : slot + 1
    }
    return slot
  }
}

const wordOf = (digest: string, index: number): number => {
  const at = index * 4
  return (digest.charCodeAt(at) << 24) | (digest.charCodeAt(at + 1) << 16) |
    (digest.charCodeAt(at + 2) << 8) | digest.charCodeAt(at + 3)
}
