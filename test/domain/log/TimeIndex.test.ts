// Time lookups never lead past a record that is young enough, and files are told from garbage.
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { TimeIndex } from "../../../src/domain/log/TimeIndex.ts"

const Times = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 100 })))

describe("lookup", () => {
  it.prop(
    "leads to an offset before which all records are older",
    { times: Times },
    ({ times }) => {
      const base = 7_000
      const index = new TimeIndex(base)
      let largest = -1
      let largestAt = base
      for (const [i, time] of times.entries()) {
        if (time > largest) {
          largest = time
          largestAt = base + i
        }
        if (i % 3 === 2) index.append(largest, largestAt)
      }
      for (let wanted = 0; wanted <= 101; wanted++) {
        const from = index.lookup(wanted) - base
        if (times.slice(0, from).some((time) => time >= wanted)) return false
        if (index.lookup(wanted) < base || from > times.length) return false
      }
      return index.isSane()
    }
  )

  it("does not lead back to the start when entries help", () => {
    const index = new TimeIndex(0)
    index.append(10, 3)
    index.append(20, 8)
    assert.deepStrictEqual([5, 10, 11, 20, 21].map((time) => index.lookup(time)), [0, 0, 3, 3, 8])
  })
})

describe("entries", () => {
  it("are only taken when they are later", () => {
    const index = new TimeIndex(0)
    index.append(10, 1)
    index.append(10, 2)
    index.append(9, 3)
    assert.deepStrictEqual([index.entries, index.lastTimestamp, index.lastOffset], [1, 10, 1])
  })

  it("are read back as they were written, and cut at an offset", () => {
    const index = new TimeIndex(40)
    for (let i = 0; i < 200; i++) index.append(1_700_000_000_000 + i, 40 + 2 * i)
    const read = new TimeIndex(40, Buffer.from(index.bytes))
    assert.isTrue(read.isSane())
    assert.deepStrictEqual([read.entries, read.lastOffset], [200, 438])
    read.truncate(42)
    assert.deepStrictEqual([read.entries, read.lastTimestamp], [1, 1_700_000_000_000])
  })

  it("make no sense when times or offsets go back", () => {
    const of = (...entries: ReadonlyArray<readonly [number, number]>): TimeIndex => {
      const bytes = Buffer.alloc(entries.length * 12)
      for (const [i, [time, offset]] of entries.entries()) {
        bytes.writeBigInt64BE(BigInt(time), i * 12)
        bytes.writeInt32BE(offset, i * 12 + 8)
      }
      return new TimeIndex(0, bytes)
    }
    assert.isTrue(of([1, 0], [2, 5]).isSane())
    assert.isFalse(of([2, 0], [2, 5]).isSane())
    assert.isFalse(of([1, 5], [2, 4]).isSane())
    assert.isFalse(of([0, 0], [0, 0]).isSane(), "zeros")
  })
})
