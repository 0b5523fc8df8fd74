// gzip, by node:zlib, whose output limit does the bounding. Source: RFC 1952.
import * as zlib from "node:zlib"
import type { Codec } from "./Compression.ts"

/** Kafka's default level is zlib's own. */
const LEVEL_DEFAULT = zlib.constants.Z_DEFAULT_COMPRESSION

export const codec: Codec = {
  compress: (bytes, level) =>
    new Promise((resolve, reject) => {
      zlib.gzip(bytes, { level: level ?? LEVEL_DEFAULT }, (error, result) =>
        error === null ? resolve(result) : reject(error))
    }),
  decompress: (bytes, bytesMax) =>
    new Promise((resolve, reject) => {
      zlib.gunzip(bytes, { maxOutputLength: Math.max(1, bytesMax) }, (error, result) => {
        if (error === null) resolve(result)
        else if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") {
          reject(new Error(`more than ${bytesMax} bytes would come out, which is not allowed`))
        } else reject(error)
      })
    })
}
