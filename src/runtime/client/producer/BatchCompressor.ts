// Compresses batches that were closed, off the event loop, while the next one fills. Several are under way
// at once; that they are sent in order is the partition's affair, which waits for the oldest.
import * as Effect from "effect/Effect"
import * as CompressionType from "../../../domain/record/CompressionType.ts"
import type { Compression } from "../../../layers/compression/Compression.ts"
import type { ProducerBatch } from "./ProducerBatch.ts"
import type { ProducerSettings } from "./ProducerOptions.ts"

export class BatchCompressor {
  private readonly compression: Compression["Service"]
  private readonly type: CompressionType.CompressionType
  private readonly level: number | undefined
  private readonly run: (effect: Effect.Effect<void>) => void

  constructor(
    compression: Compression["Service"],
    settings: ProducerSettings,
    run: (effect: Effect.Effect<void>) => void
  ) {
    this.compression = compression
    this.type = CompressionType.fromName(settings.compression)
    this.level = settings.compressionLevel
    this.run = run
  }

  /** Calls back when the batch can be sent; at once where there is nothing to do. */
  compress(batch: ProducerBatch, onReady: () => void): void {
    if (this.type === CompressionType.NONE) return onReady()
    batch.isCompressing = true
    const ready = () => {
      batch.isCompressing = false
      onReady()
    }
    this.run(
      this.compression.compress(
        this.type,
        batch.builder.payload,
        this.level,
        (bytes) => batch.roomFor(bytes)
      ).pipe(
        Effect.matchEffect({
          onSuccess: (bytes) =>
            Effect.sync(() => {
              batch.setCompressed(bytes)
              ready()
            }),
          // Records are worth more than their being small.
          onFailure: (error) =>
            Effect.andThen(
              Effect.logWarning(`a batch is sent uncompressed: ${error.message}`),
              Effect.sync(ready)
            )
        })
      )
    )
  }
}
