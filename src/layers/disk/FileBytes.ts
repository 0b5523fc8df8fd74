// Bytes that still lie in their file, where a buffer of them is asked for: they have their length, so that
// a message around them can be encoded, and whoever sends them lets the kernel take them from the file
// (transport/Sendfile), or reads them piece by piece when it cannot. Looked at as an array they are
// zeroes: they are made only for a connection that says it knows them (`Connection.fileBytesMin`).
//
// The file stays open until `release`, whoever closes, renames or removes it meanwhile; what was in it
// below its end never changes, for a log is only appended to, and compaction writes other files.
import type { HeldFile } from "./Disk.ts"

/** What the array shows. Never written, so the kernel never gives it memory. */
let nothing = new ArrayBuffer(0)

const shown = (length: number): ArrayBuffer => {
  if (nothing.byteLength < length) nothing = new ArrayBuffer(Math.max(length, 4 * 1024 * 1024))
  return nothing
}

export class FileBytes extends Uint8Array<ArrayBuffer> {
  readonly file: HeldFile
  readonly position: number
  /** Told how long the kernel took for a part of them: a long time means a cold disk. */
  readonly onTook: (ms: number) => void

  constructor(file: HeldFile, position: number, length: number, onTook: (ms: number) => void) {
    super(shown(length), 0, length)
    this.file = file
    this.position = position
    this.onTook = onTook
  }

  /** Views of them are views of nothing, and no FileBytes. */
  static get [Symbol.species](): Uint8ArrayConstructor {
    return Uint8Array
  }
}
