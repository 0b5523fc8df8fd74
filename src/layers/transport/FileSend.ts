// How bytes of a file get into a socket. Node can only read them and write them, which is what happens
// by default; where the kernel can be asked to move them itself (Sendfile), a layer says so here. It is
// a reference, so that a program which does not care need not know.
import * as Context from "effect/Context"

/**
 * Calls of the kernel on a socket's descriptor: made on the calling stack, never waiting for the
 * other side. Each gives the bytes taken, 0 when there is no room now; throws FileSendError.
 */
export interface FileSender {
  /** Slices smaller than this are read and written: the calls cost more than the copy. */
  readonly bytesMin: number
  /** `hasMore`: what follows comes at once, so that the kernel sends both in one packet. */
  readonly send: (socket: number, bytes: Uint8Array, hasMore: boolean) => number
  readonly sendFile: (socket: number, file: number, position: number, length: number) => number
}

/** `code` is the kernel's (EPIPE), or "EOF" where the file ends before what was asked for. */
export class FileSendError extends Error {
  readonly code: string

  constructor(operation: string, code: string) {
    super(`${operation}: ${code}`)
    this.code = code
  }
}

/** Undefined: bytes of files are read and written. */
export const FileSend = Context.Reference<FileSender | undefined>(
  "mymq/layers/transport/FileSend",
  { defaultValue: () => undefined }
)
