// Opens compressed batches before their turn, off the event loop, while the application works on what it has:
// else every batch would be waited for. A few are open at a time, in little memory; one that does not fit there,
// or cannot be opened, is opened again when its turn has come, and told of then.
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type { Compression, CompressionError } from "../../../layers/compression/Compression.ts"
import type { ClosedBatch, FetchedRecords } from "./FetchedRecords.ts"

/** Batches of one fetch that are opened ahead of the one at hand. */
const AHEAD_MAX = 8
/** What each of them may take. */
const AHEAD_BYTES_MAX = 2 * 1024 * 1024

interface Opening {
  readonly done: Deferred.Deferred<Buffer, CompressionError>
  bytes: Buffer | undefined
}

export class BatchOpener {
  private readonly compression: Compression["Service"]
  private readonly bytesMax: number
  private readonly run: (effect: Effect.Effect<void>) => void
  /** By the batch's place in its fetch; forgotten with the fetch. */
  private readonly openings = new WeakMap<FetchedRecords, Map<number, Opening>>()

  constructor(
    compression: Compression["Service"],
    bytesMax: number,
    run: (effect: Effect.Effect<void>) => void
  ) {
    this.compression = compression
    this.bytesMax = bytesMax
    this.run = run
  }

  /** The records of a batch if they are here; and sees to those of the next batches. */
  take(piece: FetchedRecords, { at }: ClosedBatch): Buffer | undefined {
    const openings = this.of(piece)
    const bytes = openings.get(at)?.bytes
    if (bytes !== undefined) openings.delete(at)
    for (const batch of piece.closedAhead(AHEAD_MAX)) {
      if (!openings.has(batch.at)) openings.set(batch.at, this.begin(batch))
    }
    return bytes
  }

  /** Waits for the records. */
  open(piece: FetchedRecords, batch: ClosedBatch): Effect.Effect<Buffer, CompressionError> {
    return Effect.suspend(() => {
      const openings = this.of(piece)
      const opening = openings.get(batch.at)
      const now = this.compression.decompress(batch.type, batch.payload, this.bytesMax)
      if (opening === undefined) return now
      return Deferred.await(opening.done).pipe(
        Effect.catch(() => now),
        Effect.tap(() => Effect.sync(() => openings.delete(batch.at)))
      )
    })
  }

  private begin({ payload, type }: ClosedBatch): Opening {
    const opening: Opening = { done: Deferred.makeUnsafe(), bytes: undefined }
    const bytesMax = Math.min(this.bytesMax, AHEAD_BYTES_MAX)
    this.run(
      this.compression.decompress(type, payload, bytesMax).pipe(
        Effect.tap((bytes) =>
          Effect.sync(() => {
            opening.bytes = bytes
          })
        ),
        Effect.exit,
        // Somebody may wait for it while the consumer closes.
        Effect.uninterruptible,
        Effect.flatMap((exit) => Deferred.done(opening.done, exit)),
        Effect.asVoid
      )
    )
    return opening
  }

  private of(piece: FetchedRecords): Map<number, Opening> {
    let openings = this.openings.get(piece)
    if (openings === undefined) this.openings.set(piece, openings = new Map())
    return openings
  }
}
