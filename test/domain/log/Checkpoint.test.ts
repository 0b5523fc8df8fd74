// Checkpoints are read back as they were written; one that is not whole is as if there were none.
import { assert, describe, it } from "@effect/vitest"
import * as Checkpoint from "../../../src/domain/log/Checkpoint.ts"

const entries = [
  { topic: "orders", partition: 0, offset: 42 },
  { topic: "a.b-c_d", partition: 17, offset: 9_007_199_254_740_991 }
]

describe("offsets", () => {
  it("have Kafka's form", () => {
    assert.strictEqual(Checkpoint.formatOffsets(entries.slice(0, 1)), "0\n1\norders 0 42\n")
    assert.deepStrictEqual(Checkpoint.parseOffsets("0\n1\norders 0 42\n"), entries.slice(0, 1))
  })

  it("are read back", () => {
    for (const some of [entries, []]) {
      assert.deepStrictEqual(Checkpoint.parseOffsets(Checkpoint.formatOffsets(some)), some)
    }
  })

  it("are nothing when the text is cut off or strange", () => {
    const text = Checkpoint.formatOffsets(entries)
    const whole = text.trimEnd().length
    // The end of the last number may be missing without anybody's noticing: files are replaced whole.
    for (let end = 0; end < text.lastIndexOf(" "); end++) {
      assert.isUndefined(Checkpoint.parseOffsets(text.slice(0, end)), `cut at ${end} of ${whole}`)
    }
    assert.isUndefined(Checkpoint.parseOffsets("1\n0\n"))
    assert.isUndefined(Checkpoint.parseOffsets("0\n1\norders zero 42\n"))
  })
})

describe("epochs", () => {
  it("are read back", () => {
    const epochs = [{ epoch: 0, startOffset: 0 }, { epoch: 3, startOffset: 17 }]
    assert.strictEqual(Checkpoint.formatEpochs(epochs), "0\n2\n0 0\n3 17\n")
    assert.deepStrictEqual(Checkpoint.parseEpochs(Checkpoint.formatEpochs(epochs)), epochs)
  })
})
