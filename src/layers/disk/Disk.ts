// What the log stands on: files that are read and written at positions. Everything above is written
// against this contract, so that the same log runs on the real disk (NodeDisk) and on one that can
// crash, tear a write, fill up or slow down (MemoryDisk).
//
// Ownership: the caller owns every buffer it passes. A buffer given to `write` must not change until
// the effect has ended; effects that touch a file are uninterruptible for that reason.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/** Why an operation failed; `full` heals by itself when space returns. */
export const DiskReason = Schema.Literals(["full", "notFound", "exists", "io"])

export class DiskError extends Schema.TaggedError<DiskError>()("DiskError", {
  operation: Schema.String,
  path: Schema.String,
  reason: DiskReason,
  cause: Schema.Defect()
}) {
  override get message(): string {
    return `${this.operation} ${this.path}: ${this.reason} (${String(this.cause)})`
  }
}

/** Undefined instead of a failure where there is nothing of that name. */
export const orAbsent = <A>(
  effect: Effect.Effect<A, DiskError>
): Effect.Effect<A | undefined, DiskError> =>
  Effect.catchIf(
    effect as Effect.Effect<A | undefined, DiskError>,
    (error) => error.reason === "notFound",
    () => Effect.as(Effect.void, undefined)
  )

/** A file that stays open for calls that name its descriptor, until `release`, which is called once. */
export interface HeldFile {
  readonly descriptor: number
  /** As `DiskFile.readSyncUnsafe`, of a file that may have been closed since. */
  readonly readSyncUnsafe: DiskFile["readSyncUnsafe"]
  readonly release: () => void
}

export interface DiskFile {
  readonly path: string
  /** Bytes, as it was when opened plus what was written since through this handle. */
  readonly sizeBytes: number
  /** Writes all buffers one after the other at `position`; ends when every byte was taken. */
  readonly write: (
    buffers: ReadonlyArray<Uint8Array>,
    position: number
  ) => Effect.Effect<void, DiskError>
  /**
   * The same, on the calling stack: true when every byte was taken. False, and nothing was done,
   * when the device has lately been slow to take them, and the event loop should not wait for it.
   * Throws DiskError.
   */
  readonly writeSyncUnsafe: (buffers: ReadonlyArray<Uint8Array>, position: number) => boolean
  /** Reads up to `length` bytes into `target` at `offset`; the number read is less only at the end. */
  readonly read: (
    target: Buffer,
    offset: number,
    length: number,
    position: number
  ) => Effect.Effect<number, DiskError>
  /**
   * The same, on the calling stack: for bytes known to be in the page cache, where the hop to the
   * thread pool costs more than the copy. Throws DiskError.
   */
  readonly readSyncUnsafe: (
    target: Buffer,
    offset: number,
    length: number,
    position: number
  ) => number
  /** Holds the file open, whoever closes it; undefined where it has no descriptor, or is closed. */
  readonly holdUnsafe: () => HeldFile | undefined
  /** Ends when data and size are on the device (fdatasync). */
  readonly sync: Effect.Effect<void, DiskError>
  /** Whether the device answers so quickly that the event loop may wait for it, and holds nobody up. */
  readonly isSyncQuick: boolean
  /** `sync` on the calling stack, while no other sync of the file is under way. Throws DiskError. */
  readonly syncSyncUnsafe: () => void
  readonly truncate: (sizeBytes: number) => Effect.Effect<void, DiskError>
  /** Idempotent; does not sync. */
  readonly close: Effect.Effect<void>
}

export interface DiskEntry {
  readonly name: string
  readonly isDirectory: boolean
}

/** Paths are absolute or relative to the process, "/"-separated. */
export class Disk extends Context.Service<Disk, {
  /** Opens for reading and writing. `create` makes the file when absent, else reason notFound. */
  readonly open: (
    path: string,
    options: { readonly create: boolean }
  ) => Effect.Effect<DiskFile, DiskError>
  /** The whole content of a small file. */
  readonly readFile: (path: string) => Effect.Effect<Buffer, DiskError>
  /**
   * Replaces a small file whole: written beside, synced, renamed over, directory synced. Of several
   * writers at once one wins, whole; ending in ".tmp" is what a crash leaves behind.
   */
  readonly writeFileAtomic: (path: string, content: Uint8Array) => Effect.Effect<void, DiskError>
  /** Makes a directory and its parents, durably; no error when it is there. */
  readonly makeDirectory: (path: string) => Effect.Effect<void, DiskError>
  readonly list: (path: string) => Effect.Effect<ReadonlyArray<DiskEntry>, DiskError>
  /** Bytes and time of last change; undefined when there is nothing at `path`. */
  readonly stat: (
    path: string
  ) => Effect.Effect<
    { readonly sizeBytes: number; readonly modifiedMs: number } | undefined,
    DiskError
  >
  /** Of the volume that `path` is on; -1 where that cannot be known. */
  readonly space: (
    path: string
  ) => Effect.Effect<{ readonly totalBytes: number; readonly usableBytes: number }, DiskError>
  readonly rename: (from: string, to: string) => Effect.Effect<void, DiskError>
  /** Makes renames and new names inside `path` durable. */
  readonly syncDirectory: (path: string) => Effect.Effect<void, DiskError>
  /** A file, or a directory with all in it; no error when absent. Never on the event loop. */
  readonly remove: (path: string) => Effect.Effect<void, DiskError>
}>()("mymq/layers/disk/Disk") {}
