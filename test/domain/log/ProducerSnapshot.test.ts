// Snapshots are Kafka's to the byte; what is not whole is as if there were none.
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import type { ProducerEntry } from "../../../src/domain/log/ProducerEntry.ts"
import * as ProducerSnapshot from "../../../src/domain/log/ProducerSnapshot.ts"
import { crc32c } from "../../../src/domain/record/Crc32c.ts"

const between = (minimum: number, maximum: number) =>
  Schema.Int.check(Schema.isBetween({ minimum, maximum }))

const Producers = Schema.Array(Schema.Struct({
  id: between(0, 2 ** 40),
  epoch: between(0, 32_767),
  baseSequence: Schema.Union([between(0, 9), between(2 ** 31 - 9, 2 ** 31 - 1)]),
  count: between(1, 20),
  baseOffset: between(0, 2 ** 45),
  timestamp: between(-1, 2 ** 42),
  coordinatorEpoch: between(-1, 2 ** 31 - 1),
  transactionStart: Schema.UndefinedOr(between(0, 2 ** 45)),
  hasBatch: Schema.Boolean
}))

const entryOf = (fields: (typeof Producers)["Type"][number]): ProducerEntry => ({
  epoch: fields.epoch,
  batches: fields.hasBatch
    ? [{
      baseSequence: fields.baseSequence,
      lastSequence: (fields.baseSequence + fields.count - 1) % 2 ** 31,
      baseOffset: fields.baseOffset,
      lastOffset: fields.baseOffset + fields.count - 1,
      timestamp: fields.timestamp
    }]
    : [],
  lastTimestamp: fields.timestamp,
  coordinatorEpoch: fields.coordinatorEpoch,
  transactionStart: fields.transactionStart
})

const batch = (baseSequence: number, baseOffset: number) => ({
  baseSequence,
  lastSequence: baseSequence + 4,
  baseOffset,
  lastOffset: baseOffset + 4,
  timestamp: 1_700_000_000_000
})

describe("snapshot", () => {
  it.prop("is read back as it was written", { producers: Producers }, ({ producers }) => {
    const entries = new Map(producers.map((fields) => [fields.id, entryOf(fields)]))
    assert.deepStrictEqual(ProducerSnapshot.decode(ProducerSnapshot.encode(entries)), entries)
  })

  it("keeps the last batch of each producer", () => {
    const entry = {
      epoch: 0,
      batches: [batch(0, 10), batch(5, 15)],
      lastTimestamp: 1_700_000_000_000,
      coordinatorEpoch: -1,
      transactionStart: undefined
    }
    const restored = ProducerSnapshot.decode(ProducerSnapshot.encode(new Map([[1, entry]])))
    assert.deepStrictEqual(restored?.get(1)?.batches, [batch(5, 15)])
  })

  it("has the fields where Kafka has them", () => {
    const entry = {
      epoch: 3,
      batches: [batch(5, 15)],
      lastTimestamp: 1_700_000_000_001,
      coordinatorEpoch: 9,
      transactionStart: 12
    }
    const bytes = ProducerSnapshot.encode(new Map([[2 ** 33, entry]]))
    const crc = crc32c(bytes, 6).toString(16).padStart(8, "0")
    const expected =
      `0001 ${crc} 00000001 0000000200000000 0003 00000009 0000000000000013 00000004 ` +
      "0000018bcfe56801 00000009 000000000000000c"
    assert.strictEqual(bytes.toString("hex"), expected.replaceAll(" ", ""))
  })

  it("is refused when a byte is wrong, missing or too many", () => {
    const entry = entryOf({
      id: 1,
      epoch: 1,
      baseSequence: 0,
      count: 1,
      baseOffset: 0,
      timestamp: 0,
      coordinatorEpoch: 0,
      transactionStart: undefined,
      hasBatch: true
    })
    const bytes = ProducerSnapshot.encode(new Map([[1, entry], [2, entry]]))
    for (let at = 0; at < bytes.length; at++) {
      const damaged = Buffer.from(bytes)
      damaged[at]! ^= 0x10
      assert.isUndefined(ProducerSnapshot.decode(damaged), `byte ${at}`)
      assert.isUndefined(ProducerSnapshot.decode(bytes.subarray(0, at)), `cut at ${at}`)
    }
    assert.isUndefined(ProducerSnapshot.decode(Buffer.concat([bytes, Buffer.alloc(1)])))
  })
})
