// Variable-length integers inside records: zigzag, seven bits a byte, lowest first (as Protocol
// Buffers have them). Lengths and offset deltas are varints of 32 bits, timestamp deltas of 64.

/** Reads varints one after the other; a read beyond the end gives what zero bytes would. */
export class Cursor {
  readonly buffer: Uint8Array
  position: number

  constructor(buffer: Uint8Array, position: number) {
    this.buffer = buffer
    this.position = position
  }

  varint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.buffer[this.position++] ?? 0
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) break
    }
    return (value >>> 1) ^ -(value & 1)
  }

  /** As a number: exact up to 2^53. */
  varlong(): number {
    let value = 0
    let scale = 1
    for (let i = 0; i < 10; i++) {
      const byte = this.buffer[this.position++] ?? 0
      value += (byte & 0x7f) * scale
      if (byte < 0x80) break
      scale *= 128
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }
}
