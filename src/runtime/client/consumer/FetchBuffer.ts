// What was fetched and not yet delivered, in the order of arrival, and whoever waits for it.
//
// Invariants: bytes are counted from the moment that they are asked for until the last of them is delivered
// or dropped; records of partitions that were sought, revoked or removed are never given; records of
// paused partitions stay, until their memory is needed for others.
import * as Effect from "effect/Effect"
import type { ClientError } from "../ClientError.ts"
import type { FetchedRecords } from "./FetchedRecords.ts"

export class FetchBuffer {
  readonly bytesMax: number
  private pieces: Array<FetchedRecords> = []
  private heldBytes = 0
  private reservedBytes = 0
  private failure: ClientError | undefined
  private end: ClientError | undefined
  private wakes = 0
  private readonly waiters = new Set<() => void>()
  /** Has the brokers asked again where that is due: a piece has been begun, or bytes are free. */
  onRoom: () => void = () => {}

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax
  }

  /** Bytes that are here or have been asked for. */
  get bytes(): number {
    return this.heldBytes + this.reservedBytes
  }

  /** Bytes that are here. */
  get fetchedBytes(): number {
    return this.heldBytes
  }

  reserve(bytes: number): void {
    this.reservedBytes += bytes
  }

  unreserve(bytes: number): void {
    this.reservedBytes -= bytes
  }

  /** Who pushes wakes, when all of an answer is here. */
  push(piece: FetchedRecords): void {
    this.heldBytes += piece.bytes
    this.pieces.push(piece)
  }

  /** The records to deliver next: those that were begun, else the oldest that may be. */
  head(): FetchedRecords | undefined {
    let found: FetchedRecords | undefined
    let hasRoom = false
    for (let index = 0; index < this.pieces.length && found === undefined; index++) {
      const piece = this.pieces[index]!
      if (!piece.isCurrent) {
        this.removeAt(index--)
        hasRoom = true
      } else if (!piece.partition.isPaused) found = piece
    }
    if (found?.isBegun === false) hasRoom = found.isBegun = true
    if (hasRoom) this.onRoom()
    // It may have come out there that the leader has changed.
    return found?.isCurrent === false ? this.head() : found
  }

  done(piece: FetchedRecords): void {
    const index = this.pieces.indexOf(piece)
    if (index >= 0) this.removeAt(index)
    this.onRoom()
  }

  /** Bytes of that broker that nobody has begun: it is not asked for more while there are many. */
  waitingBytes(nodeId: number): number {
    let bytes = 0
    for (const piece of this.pieces) {
      if (piece.nodeId !== nodeId || piece.isBegun) continue
      if (piece.isCurrent && !piece.partition.isPaused) bytes += piece.bytes
    }
    return bytes
  }

  /** Drops what nobody wants any more. */
  dropOutdated(): void {
    this.keep((piece) => piece.isCurrent)
  }

  /** Drops what paused partitions have waiting, who will fetch it again; gives whether there was any. */
  dropPaused(): boolean {
    const before = this.heldBytes
    for (const piece of this.pieces) {
      const { partition } = piece
      if (!partition.isPaused || !piece.isCurrent) continue
      partition.refetch()
    }
    this.dropOutdated()
    return this.heldBytes < before
  }

  /** What the next poll fails with. */
  fail(error: ClientError): void {
    this.failure ??= error
    this.wake()
  }

  /** What all polls fail with from now on. */
  close(error: ClientError): void {
    this.end ??= error
    this.keep(() => false)
    this.wake()
  }

  /** Polls go on. */
  reopen(): void {
    this.end = undefined
  }

  takeFailure(): ClientError | undefined {
    const { failure } = this
    this.failure = undefined
    return this.end ?? failure
  }

  /** Grows with each wake: who has looked and found nothing waits for more than he has seen. */
  get seen(): number {
    return this.wakes
  }

  wake(): void {
    this.wakes++
    if (this.waiters.size === 0) return
    const waiting = [...this.waiters]
    this.waiters.clear()
    for (const resume of waiting) resume()
  }

  /** Ends when there was a wake after `seen`, or after so many milliseconds. */
  readonly awakenAfter = (seen: number, timeoutMs = Infinity): Effect.Effect<void> => {
    const awaken = Effect.callback<void>((resume) => {
      if (this.wakes !== seen) return resume(Effect.void)
      const wake = () => resume(Effect.void)
      this.waiters.add(wake)
      return Effect.sync(() => {
        this.waiters.delete(wake)
      })
    })
    return timeoutMs === Infinity
      ? awaken
      : Effect.timeoutOrElse(awaken, { duration: timeoutMs, orElse: () => Effect.void })
  }

  private keep(isKept: (piece: FetchedRecords) => boolean): void {
    this.pieces = this.pieces.filter((piece) => {
      const kept = isKept(piece)
      if (!kept) this.heldBytes -= piece.bytes
      return kept
    })
  }

  private removeAt(index: number): void {
    const [piece] = this.pieces.splice(index, 1)
    this.heldBytes -= piece!.bytes
  }
}
