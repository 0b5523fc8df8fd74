// Syncs on the calling stack: never beside another of the same log, which might be the one that hears of
// lost pages, and only where the active segment is all there is to be synced.
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type { LogConfig } from "../../../src/domain/config/LogConfig.ts"
import { DiskError } from "../../../src/layers/disk/Disk.ts"
import { LogSync, type SyncedLog } from "../../../src/layers/storage/LogSync.ts"
import type { Segment } from "../../../src/layers/storage/Segment.ts"

const failure = new DiskError({ operation: "sync", path: "t", reason: "io", cause: "torn off" })

/** A log of segments that are dirty or not, the active one last; its disk fails as it is told. */
const logOf = (
  dirty: ReadonlyArray<boolean>,
  sync: Effect.Effect<void, DiskError>,
  isFailing = false
) => {
  const segments = dirty.map((isDirty) => ({
    isDirty,
    sync,
    isSyncQuick: true,
    syncNow: () => {
      if (isFailing) throw failure
    }
  })) as unknown as ReadonlyArray<Segment>
  const log = {
    active: segments.at(-1)!,
    segments,
    offline: undefined as unknown,
    failed: (what: string) => {
      log.offline = what
      return Effect.void
    },
    world: { config: () => ({} as LogConfig), nowMs: () => 0, run: () => {} }
  } satisfies SyncedLog
  return log
}

describe("LogSync on the stack", () => {
  it.effect("waits for its turn while another sync of the log is under way", () =>
    Effect.gen(function*() {
      const end = yield* Deferred.make<void>()
      const syncs = new LogSync(logOf([true], Deferred.await(end)))
      assert.isTrue(syncs.isQuick)
      const running = yield* Effect.forkChild(syncs.run, { startImmediately: true })
      assert.isFalse(syncs.isQuick)
      yield* Deferred.succeed(end, undefined)
      yield* Fiber.join(running)
      assert.isTrue(syncs.isQuick)
    }))

  it("is not for a log whose older segments are dirty too", () => {
    assert.isFalse(new LogSync(logOf([true, false, true], Effect.void)).isQuick)
    assert.isTrue(new LogSync(logOf([false, false, true], Effect.void)).isQuick)
  })

  it("takes the log offline when it fails, before anybody is answered", () => {
    const log = logOf([true], Effect.void, true)
    const syncs = new LogSync(log)
    syncs.runNow()
    assert.strictEqual(log.offline, "a sync failed, what is on the device is not known")
    assert.isFalse(syncs.isQuick)
  })
})
