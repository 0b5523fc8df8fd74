// Buffers that log reads fill and sockets empty, used again and again: fresh memory costs page faults
// that are dearer than the copy itself. Sizes are powers of two; what is larger is not kept.

const BYTES_MIN = 64 * 1024
const BYTES_MAX = 4 * 1024 * 1024
/** Kept of one size; more are left to the garbage collector. */
const KEPT_MAX = 8

const free = new Map<number, Array<Buffer>>()

/** A buffer of at least so many bytes, its content whatever it was. */
export const take = (bytes: number): Buffer => {
  const size = sizeFor(bytes)
  return free.get(size)?.pop() ?? Buffer.allocUnsafeSlow(size)
}

/** Gives a buffer back; nobody may look at it any more. */
export const give = (buffer: Buffer): void => {
  if (buffer.length > BYTES_MAX) return
  const kept = free.get(buffer.length)
  if (kept === undefined) free.set(buffer.length, [buffer])
  else if (kept.length < KEPT_MAX) kept.push(buffer)
}

const sizeFor = (bytes: number): number => {
  if (bytes > BYTES_MAX) return bytes
  let size = BYTES_MIN
  while (size < bytes) size *= 2
  return size
}
