// A broken invariant is a defect of ours, never an answer to a client: it ends the session or the
// shard that met it. Expected trouble has types of its own (Failure.ts, ErrorCode.ts).

/** Throws when `condition` is false. `message` says what was believed. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`)
}
