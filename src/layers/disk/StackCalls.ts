// Short calls of node:fs, made on the calling stack while the kernel answers them from memory: that takes some 5 us,
// a hop to the thread pool and back 30 us more, and a start makes twenty of them for each partition. A call
// that took longer met the device; the next ones go through the pool, where several wait for it at once and the
// event loop for none.
import * as Effect from "effect/Effect"
import type { DiskError } from "./Disk.ts"
import { failure } from "./NodeCall.ts"

/** A call from memory takes a tenth of this, one from an SSD more. */
const SLOW_MS = 0.1
const CALLS_AFTER_SLOW = 64

export class StackCalls {
  private callsThroughPool = 0

  /** `now` on the stack, or `later` through the pool; also when `now` gives undefined. */
  run<A>(
    operation: string,
    path: string,
    now: () => A | undefined,
    later: Effect.Effect<A, DiskError>
  ): Effect.Effect<A, DiskError> {
    return Effect.suspend(() => {
      if (this.callsThroughPool > 0) {
        this.callsThroughPool--
        return later
      }
      const start = performance.now()
      try {
        const value = now()
        return value === undefined ? later : Effect.succeed(value)
      } catch (error) {
        return Effect.fail(failure(operation, path, error))
      } finally {
        if (performance.now() - start > SLOW_MS) this.callsThroughPool = CALLS_AFTER_SLOW
      }
    })
  }
}
