// Only a prefix goes, only as far as consumers have been able to read, and never more than the limits say.
import { assert, describe, it } from "@effect/vitest"
import * as Retention from "../../../src/domain/log/Retention.ts"

/** Ten records of ten bytes a segment; the youngest record of segment i has time 100 * i. */
const segments = (count: number): ReadonlyArray<Retention.SegmentFacts> =>
  Array.from({ length: count }, (_, i) => ({
    nextBaseOffset: 10 * (i + 1),
    sizeBytes: 100,
    lastTimestamp: 100 * i
  }))
const unlimited: Retention.RetentionLimits = {
  nowMs: 1_000,
  logStartOffset: 0,
  highWatermark: 50,
  retentionMs: -1,
  retentionBytes: -1
}
const expired = (limits: Partial<Retention.RetentionLimits>, of = segments(5)): number =>
  Retention.expired(of, { ...unlimited, ...limits })

describe("expired", () => {
  it("keeps everything without limits", () => {
    assert.strictEqual(expired({}), 0)
  })

  it("takes what is older than retention.ms, the last segment too", () => {
    assert.strictEqual(expired({ retentionMs: 850 }), 2)
    assert.strictEqual(expired({ retentionMs: 599 }), 5)
  })

  it("stops at the first segment that is kept", () => {
    const [first, ...rest] = segments(3)
    assert.strictEqual(
      expired({ retentionMs: 500 }, [{ ...first!, lastTimestamp: 900 }, ...rest]),
      0
    )
  })

  it("takes the oldest while what remains is at least retention.bytes", () => {
    assert.strictEqual(expired({ retentionBytes: 500 }), 0)
    assert.strictEqual(expired({ retentionBytes: 301 }), 1)
    assert.strictEqual(expired({ retentionBytes: 300 }), 2)
    assert.strictEqual(expired({ retentionBytes: 0 }), 4)
  })

  it("takes what lies wholly before the log's start", () => {
    assert.strictEqual(expired({ logStartOffset: 29 }), 2)
    assert.strictEqual(expired({ logStartOffset: 30 }), 3)
    assert.strictEqual(expired({ logStartOffset: 50 }), 4)
  })

  it("never takes what consumers could not read yet", () => {
    assert.strictEqual(expired({ retentionMs: 0, highWatermark: 29 }), 2)
  })

  it("never takes an empty last segment", () => {
    const empty = { nextBaseOffset: 50, sizeBytes: 0, lastTimestamp: 0 }
    assert.strictEqual(expired({ retentionMs: 0 }, [...segments(2), empty]), 2)
    assert.strictEqual(expired({ retentionMs: 0 }, [empty]), 0)
  })
})
