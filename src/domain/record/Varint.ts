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
    // Nearly all have one byte. Beyond the end there is none, which is the other way.
    const byte = this.buffer[this.position]!
    if (byte < 0x80) {
      this.position++
      return (byte >>> 1) ^ -(byte & 1)
    }
    return this.longVarint()
  }

  /** As a number: exact up to 2^53. */
  varlong(): number {
    const byte = this.buffer[this.position]!
    if (byte < 0x80) {
      this.position++
      return (byte >>> 1) ^ -(byte & 1)
    }
    return this.longVarlong()
  }

  private longVarint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.buffer[this.position++] ?? 0
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) break
    }
    return (value >>> 1) ^ -(value & 1)
  }

  private longVarlong(): number {
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

/** Writes a varint; gives the position after it. Small enough to be inlined where it is called. */
export const putVarint = (buffer: Uint8Array, position: number, value: number): number => {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0
  if (zigzag < 0x80) {
    buffer[position] = zigzag
    return position + 1
  }
  if (zigzag < 0x4000) {
    buffer[position] = (zigzag & 0x7f) | 0x80
    buffer[position + 1] = zigzag >>> 7
    return position + 2
  }
  return putLongVarint(buffer, position, zigzag)
}

const putLongVarint = (buffer: Uint8Array, position: number, zigzag: number): number => {
  let at = position
  let rest = zigzag
  while (rest > 0x7f) {
    buffer[at++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  buffer[at++] = rest
  return at
}

/** Writes a varlong, exact up to 2^52; gives the position after it. */
export const putVarlong = (buffer: Uint8Array, position: number, value: number): number => {
  if (value >= -0x4000_0000 && value < 0x4000_0000) return putVarint(buffer, position, value)
  let at = position
  let rest = value < 0 ? -2 * value - 1 : 2 * value
  while (rest > 0x7f) {
    buffer[at++] = (rest % 128) | 0x80
    rest = Math.floor(rest / 128)
  }
  buffer[at++] = rest
  return at
}

/** Bytes that `putVarint` writes. */
export const varintBytes = (value: number): number => {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0
  if (zigzag < 0x80) return 1
  if (zigzag < 0x4000) return 2
  return zigzag < 0x20_0000 ? 3 : zigzag < 0x1000_0000 ? 4 : 5
}

/** Bytes that `putVarlong` writes. */
export const varlongBytes = (value: number): number => {
  if (value >= -0x4000_0000 && value < 0x4000_0000) return varintBytes(value)
  let rest = value < 0 ? -2 * value - 1 : 2 * value
  let bytes = 1
  while (rest > 0x7f) {
    rest = Math.floor(rest / 128)
    bytes++
  }
  return bytes
}
