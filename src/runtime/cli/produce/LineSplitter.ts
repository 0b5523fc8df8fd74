// Bytes into lines, as they are: no decoding, no trimming, only "\n" ends a line. What is returned are views
// of the chunks where a line lies within one; a line over the bound is told of instead of being gathered.

const NEW_LINE = 0x0a

export class LineSplitter {
  private readonly bytesMax: number
  private parts: Array<Uint8Array> = []
  private partBytes = 0

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax
  }

  /** Lines that the chunk completes; undefined when one is too long. */
  push(chunk: Uint8Array): ReadonlyArray<Uint8Array> | undefined {
    const lines: Array<Uint8Array> = []
    let start = 0
    for (;;) {
      const end = chunk.indexOf(NEW_LINE, start)
      if (end < 0) break
      if (this.partBytes + end - start > this.bytesMax) return undefined
      lines.push(this.completed(chunk.subarray(start, end)))
      start = end + 1
    }
    if (start < chunk.length) {
      // The chunk's buffer is the reader's: what has to wait is copied (a Buffer's slice is no copy).
      this.parts.push(new Uint8Array(chunk.subarray(start)))
      this.partBytes += chunk.length - start
    }
    return this.partBytes > this.bytesMax ? undefined : lines
  }

  /** The last line, where nothing ended it. */
  end(): Uint8Array | undefined {
    return this.partBytes === 0 ? undefined : this.completed(new Uint8Array(0))
  }

  private completed(last: Uint8Array): Uint8Array {
    if (this.partBytes === 0) return last
    const line = Buffer.concat([...this.parts, last])
    this.parts = []
    this.partBytes = 0
    return line
  }
}
