// Lookups agree with a plain search, whatever the entries; files that make no sense are told from
// those that do.
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { ENTRY_BYTES, OffsetIndex } from "../../../src/domain/log/OffsetIndex.ts"

const Steps = Schema.Array(Schema.Struct({
  offsets: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1000 })),
  bytes: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 5000 }))
}))
type Steps = (typeof Steps)["Type"]

/** Entries that grow by the steps, and the index of them. */
const build = (baseOffset: number, steps: Steps) => {
  const index = new OffsetIndex(baseOffset)
  const entries: Array<{ readonly offset: number; readonly position: number }> = []
  let offset = baseOffset
  let position = 0
  for (const step of steps) {
    offset += step.offsets
    position += step.bytes
    index.append(offset, position)
    entries.push({ offset, position })
  }
  return { index, entries, end: position + 1 }
}

describe("lookup", () => {
  it.prop("finds the last entry at or before an offset", { steps: Steps }, ({ steps }) => {
    const base = 5_000_000_000
    const { entries, index } = build(base, steps)
    const last = entries.at(-1)?.offset ?? base
    const asked = [base, last, last + 1, ...entries.flatMap(({ offset }) => [offset, offset - 1])]
    return asked.every((offset) =>
      index.lookup(offset) === (entries.findLast((entry) => entry.offset <= offset)?.position ?? 0)
    )
  })
})

describe("a file of entries", () => {
  it.prop("is read back as it was written", { steps: Steps }, ({ steps }) => {
    const { end, entries, index } = build(100, steps)
    const read = new OffsetIndex(100, Buffer.from(index.bytes))
    return read.isSane(end) && read.entries === entries.length &&
      read.sizeBytes === entries.length * ENTRY_BYTES &&
      read.lastOffset === (entries.at(-1)?.offset ?? 100) &&
      read.lastPosition === (entries.at(-1)?.position ?? 0)
  })

  it("goes on growing after it was read", () => {
    const read = new OffsetIndex(0, Buffer.from(build(0, [{ offsets: 3, bytes: 40 }]).index.bytes))
    read.append(9, 100)
    assert.deepStrictEqual([read.lookup(8), read.lookup(9)], [40, 100])
  })

  it("knows the last boundary before a position and an offset", () => {
    const { index } = build(100, [
      { offsets: 5, bytes: 10 },
      { offsets: 5, bytes: 10 },
      { offsets: 5, bytes: 10 }
    ])
    const [first, last] = [{ position: 10, offset: 105 }, { position: 20, offset: 110 }]
    assert.isUndefined(index.boundary(9, 1000))
    assert.isUndefined(index.boundary(1000, 104))
    assert.deepStrictEqual(index.boundary(10, 1000), first)
    assert.deepStrictEqual(index.boundary(19, 1000), first)
    assert.deepStrictEqual(index.boundary(20, 109), first)
    assert.deepStrictEqual(index.boundary(20, 110), last)
  })

  it("forgets what lies at or beyond a position", () => {
    const { index } = build(0, [{ offsets: 5, bytes: 10 }, { offsets: 5, bytes: 10 }])
    index.truncate(20)
    assert.deepStrictEqual([index.entries, index.lookup(100)], [1, 10])
  })

  it("makes no sense when entries do not grow or lie beyond the segment", () => {
    const { end, index } = build(0, [{ offsets: 5, bytes: 10 }, { offsets: 5, bytes: 10 }])
    const changed = (at: number, value: number): OffsetIndex => {
      const bytes = Buffer.from(index.bytes)
      bytes.writeInt32BE(value, at)
      return new OffsetIndex(0, bytes)
    }
    assert.isFalse(changed(8, 5).isSane(end), "an offset again")
    assert.isFalse(changed(12, 10).isSane(end), "a position again")
    assert.isFalse(changed(0, -1).isSane(end), "a negative offset")
    assert.isFalse(index.isSane(20), "a position at the segment's end")
    assert.isFalse(new OffsetIndex(0, Buffer.alloc(16)).isSane(end), "zeros")
  })
})
