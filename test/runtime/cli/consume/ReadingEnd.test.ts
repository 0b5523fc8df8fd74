// When reading has come to its end.
import { assert, describe, it } from "@effect/vitest"
import { ReadingEnd } from "../../../../src/runtime/cli/consume/ReadingEnd.ts"
import type { ConsumerBatch } from "../../../../src/runtime/client/consumer/ConsumerBatch.ts"
import type { ConsumerRecord } from "../../../../src/runtime/client/consumer/ConsumerRecord.ts"

const place = (partition: number) => ({ topic: "orders", partition })

const batch = (partition: number, ...offsets: ReadonlyArray<number>) =>
  ({
    ...place(partition),
    lastOffset: offsets.at(-1),
    records: offsets.map((offset) => ({ offset }) as ConsumerRecord)
  }) as unknown as ConsumerBatch

const offsets = (records: ReadonlyArray<ConsumerRecord>) => records.map(({ offset }) => offset)
const all = () => true

describe("reading", () => {
  it("ends when every partition is at its end, whose record is not read any more", () => {
    const reading = new ReadingEnd([{ ...place(0), end: 3 }, { ...place(1), end: 10 }], Infinity)
    assert.deepStrictEqual(offsets(reading.taken(batch(0, 1, 2, 3, 4), all)), [1, 2])
    assert.isTrue(reading.reached(place(0), 5))
    assert.isFalse(reading.reached(place(0), 6))
    assert.deepStrictEqual(reading.taken(batch(0, 5), all), [])
    assert.isFalse(reading.isReached)
    assert.isFalse(reading.reached(place(1), 9))
    assert.deepStrictEqual(reading.unread.map(({ partition }) => partition), [1])
    assert.isTrue(reading.reached(place(1), 10))
    assert.isTrue(reading.isReached)
  })

  it("ends after so many records of those that are wanted", () => {
    const reading = new ReadingEnd(undefined, 3)
    const isEven = ({ offset }: ConsumerRecord) => offset % 2 === 0
    assert.deepStrictEqual(offsets(reading.taken(batch(0, 1, 2, 3), isEven)), [2])
    assert.isFalse(reading.isReached)
    assert.deepStrictEqual(offsets(reading.taken(batch(1, 4, 5, 6, 8), isEven)), [4, 6])
    assert.isTrue(reading.isReached)
  })

  it("has no end where none was said", () => {
    const reading = new ReadingEnd(undefined, Infinity)
    assert.deepStrictEqual(offsets(reading.taken(batch(0, 1, 2), all)), [1, 2])
    assert.isFalse(reading.reached(place(0), 99))
    assert.isFalse(reading.isReached)
  })

  it("is over at once where there is nothing to read", () => {
    const reading = new ReadingEnd([{ ...place(0), end: 0 }], Infinity)
    assert.isTrue(reading.reached(place(0), 0))
    assert.isTrue(reading.isReached)
  })
})
