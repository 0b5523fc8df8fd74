// No damage to a batch goes unnoticed, in the header or in the records.
import { assert, describe, it } from "@effect/vitest"
import * as SegmentScan from "../../../src/domain/log/SegmentScan.ts"
import * as RecordBatch from "../../../src/domain/record/RecordBatch.ts"
import { RecordBatchBuilder } from "../../../src/domain/record/RecordBatchBuilder.ts"

/** A batch of two records as it lies in a log, at offset 1000 and leader epoch 3. */
const stored = (): Buffer => {
  const builder = new RecordBatchBuilder({ bytesMax: 1000 })
  builder.append(5_000, null, Buffer.from("first"))
  builder.append(5_001, Buffer.from("key"), Buffer.from("second"))
  const batch = Buffer.from(builder.seal({}))
  RecordBatch.setBaseOffset(batch, 0, 1000)
  RecordBatch.setLeaderEpoch(batch, 0, 3)
  return batch
}
const expected = { nextOffset: 1000, mayHaveHoles: false, leaderEpochMax: 3 }

const judge = (bytes: Buffer, options = expected): string | undefined =>
  SegmentScan.unsound(bytes, 0, bytes.length, options)

describe("unsound", () => {
  it("lets a batch pass that is whole and in its place", () => {
    assert.isUndefined(judge(stored()))
  })

  it("tells every flipped byte", () => {
    const unnoticed: Array<string> = []
    for (let at = 0; at < stored().length; at++) {
      for (const mask of [0x01, 0x80, 0xff]) {
        const batch = stored()
        batch[at]! ^= mask
        // An epoch before ours is no damage that can be told: the checksum does not cover it.
        const isEarlierEpoch = at === 15 && (3 ^ mask) < 3
        if (judge(batch) === undefined && !isEarlierEpoch) unnoticed.push(`${at} ^ ${mask}`)
      }
    }
    assert.deepStrictEqual(unnoticed, [])
  })

  it("tells a batch that is cut off anywhere", () => {
    const batch = stored()
    for (let end = 0; end < batch.length; end++) {
      assert.isDefined(SegmentScan.unsound(batch, 0, end, expected))
    }
  })

  it("tells a batch in the wrong place; after compaction only one that goes back", () => {
    assert.isDefined(judge(stored(), { ...expected, nextOffset: 999 }))
    assert.isDefined(judge(stored(), { ...expected, nextOffset: 1001 }))
    assert.isUndefined(judge(stored(), { ...expected, nextOffset: 999, mayHaveHoles: true }))
    assert.isDefined(judge(stored(), { ...expected, nextOffset: 1001, mayHaveHoles: true }))
  })

  it("does not follow lengths that make no sense", () => {
    for (const length of [-1, 0, 48, 0x7fff_ffff]) {
      const batch = stored()
      batch.writeInt32BE(length, 8)
      assert.isDefined(judge(batch))
    }
  })
})

describe("wantedBytes", () => {
  it("is what must be there to judge a batch", () => {
    const batch = stored()
    assert.strictEqual(SegmentScan.wantedBytes(batch, 0, 5), RecordBatch.HEADER_BYTES)
    assert.strictEqual(SegmentScan.wantedBytes(batch, 0, 12), batch.length)
    assert.strictEqual(SegmentScan.wantedBytes(batch, 0, batch.length), batch.length)
  })
})
