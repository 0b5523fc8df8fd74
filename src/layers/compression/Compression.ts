// Compresses and decompresses the records of a batch, in every codec that Kafka has. Packages are
// loaded on first use, because most brokers never open a batch; the work is done off the event loop.
//
// No codec is trusted with its output: what the bytes declare is read first, and more than `bytesMax`
// is refused before it is made, so that a small batch cannot fill the memory.
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Semaphore from "effect/Semaphore"
import * as CompressionType from "../../domain/record/CompressionType.ts"
import * as Gzip from "./Gzip.ts"
import * as Lz4 from "./Lz4.ts"
import * as Snappy from "./Snappy.ts"
import * as Zstd from "./Zstd.ts"

/** The bytes are not what the codec makes, or hold more than is allowed. */
export class CompressionError extends Data.TaggedError("CompressionError")<{
  readonly codec: CompressionType.Name
  readonly detail: string
}> {
  override get message(): string {
    return `${this.codec}: ${this.detail}`
  }
}

/** Batches that are open at the same time: with their bound, this is the most memory that they take. */
const OPENED_AT_ONCE = 2

/** Memory of the caller's for so many bytes of output; a codec may use its own all the same. */
export type Room = (bytes: number) => Buffer

/** One codec: promises that reject with an Error on bad input. */
export interface Codec {
  readonly compress: (bytes: Buffer, level: number | undefined, room?: Room) => Promise<Buffer>
  readonly decompress: (bytes: Buffer, bytesMax: number) => Promise<Buffer>
}

const codecs: Readonly<Record<CompressionType.CompressionType, Codec>> = {
  [CompressionType.NONE]: {
    compress: (bytes) => Promise.resolve(bytes),
    decompress: (bytes) => Promise.resolve(bytes)
  },
  [CompressionType.GZIP]: Gzip.codec,
  [CompressionType.SNAPPY]: Snappy.codec,
  [CompressionType.LZ4]: Lz4.codec,
  [CompressionType.ZSTD]: Zstd.codec
}

const attempt = (
  type: CompressionType.CompressionType,
  run: (codec: Codec) => Promise<Buffer>
): Effect.Effect<Buffer, CompressionError> =>
  Effect.tryPromise({
    try: () => run(codecs[type]),
    catch: (cause) =>
      new CompressionError({
        codec: CompressionType.nameOf(type) ?? "none",
        detail: cause instanceof Error ? cause.message : String(cause)
      })
  })

export class Compression extends Context.Service<Compression, {
  readonly compress: (
    type: CompressionType.CompressionType,
    bytes: Buffer,
    level?: number,
    room?: Room
  ) => Effect.Effect<Buffer, CompressionError>
  /** Refuses what would be more than `bytesMax`. */
  readonly decompress: (
    type: CompressionType.CompressionType,
    bytes: Buffer,
    bytesMax: number
  ) => Effect.Effect<Buffer, CompressionError>
}>()("mymq/layers/compression/Compression") {
  static readonly layer: Layer.Layer<Compression> = Layer.effect(
    Compression,
    Effect.map(Semaphore.make(OPENED_AT_ONCE), (opening) =>
      Compression.of({
        compress: (type, bytes, level, room) =>
          attempt(type, (codec) => codec.compress(bytes, level, room)),
        decompress: (type, bytes, bytesMax) =>
          opening.withPermit(attempt(type, (codec) => codec.decompress(bytes, bytesMax)))
      }))
  )
}
