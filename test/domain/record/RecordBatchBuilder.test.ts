// What the builder writes, Record reads back, and the checks of a broker accept.
import { assert, describe, it } from "@effect/vitest"
import * as Record from "../../../src/domain/record/Record.ts"
import * as RecordBatch from "../../../src/domain/record/RecordBatch.ts"
import {
  type HeaderInput,
  RecordBatchBuilder
} from "../../../src/domain/record/RecordBatchBuilder.ts"
import * as RecordBatchValidation from "../../../src/domain/record/RecordBatchValidation.ts"
import * as RecordsCheck from "../../../src/domain/record/RecordsCheck.ts"

interface Row {
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: ReadonlyArray<HeaderInput>
}

const rows: ReadonlyArray<Row> = [
  { timestamp: 1_700_000_000_000, key: Buffer.from("k"), value: Buffer.from("v"), headers: [] },
  { timestamp: 1_700_000_000_900, key: null, value: null, headers: [] },
  { timestamp: 1_699_999_000_000, key: Buffer.alloc(0), value: Buffer.alloc(0), headers: [] },
  {
    timestamp: 1_700_000_500_000,
    key: Buffer.alloc(200, 1),
    value: Buffer.alloc(70_000, 2),
    headers: [["ä", Buffer.from("1")], ["ä", null], ["", Buffer.alloc(0)]]
  }
]

const built = (): Buffer => {
  const builder = new RecordBatchBuilder({ bytesMax: 1 << 20 })
  for (const { headers, key, timestamp, value } of rows) {
    assert.isTrue(builder.append(timestamp, key, value, headers))
  }
  return builder.seal({ producerId: 7, producerEpoch: 2, baseSequence: 11 })
}

const rules = {
  count: rows.length,
  baseTimestamp: rows[0]!.timestamp,
  needsKeys: false,
  timestampMin: -Infinity,
  timestampMax: Infinity
}

describe("a batch that was built", () => {
  it("reads back as what went in", () => {
    const batch = built()
    RecordBatch.setBaseOffset(batch, 0, 2 ** 40)
    const records = Record.ofBatch(batch, 0).map(({ headers, key, offset, timestamp, value }) => ({
      offset,
      timestamp,
      key,
      value,
      headers: headers.map((header) => [header.key, header.value])
    }))
    assert.deepStrictEqual(
      records,
      rows.map((row, i) => ({
        ...row,
        offset: 2 ** 40 + i,
        headers: row.headers.map((h) => [...h])
      }))
    )
  })

  it("has a header that says what is in it, and passes a broker's checks", () => {
    const batch = built()
    assert.deepStrictEqual(
      [
        RecordBatch.sizeBytes(batch, 0),
        RecordBatch.recordsCount(batch, 0),
        RecordBatch.lastSequence(batch, 0),
        RecordBatch.producerId(batch, 0),
        RecordBatch.maxTimestamp(batch, 0)
      ],
      [batch.length, 4, 14, 7, 1_700_000_500_000]
    )
    assert.isUndefined(RecordBatchValidation.check(batch, 9))
    assert.isUndefined(RecordsCheck.check(batch.subarray(RecordBatch.HEADER_BYTES), rules))
  })

  it("keeps its checksum when offset and epoch are set, and gets a new one with the broker's time", () => {
    const batch = built()
    RecordBatch.setBaseOffset(batch, 0, 99)
    RecordBatch.setLeaderEpoch(batch, 0, 5)
    assert.isUndefined(RecordBatchValidation.check(batch, 9))
    RecordBatch.setLogAppendTime(batch, 0, 42)
    assert.isUndefined(RecordBatchValidation.check(batch, 9))
    assert.isTrue(Record.ofBatch(batch, 0).every(({ timestamp }) => timestamp === 42))
  })

  it("is refused with any byte under its checksum flipped, and cut at any byte", () => {
    const builder = new RecordBatchBuilder({ bytesMax: 1000 })
    builder.append(5, Buffer.from("key"), Buffer.from("value"))
    const batch = builder.seal({})
    for (let at = 16; at < batch.length; at++) {
      batch[at]! ^= 0x41
      assert.isDefined(RecordBatchValidation.check(batch, 9), `byte ${at}`)
      batch[at]! ^= 0x41
    }
    for (let length = 0; length < batch.length; length++) {
      assert.isDefined(
        RecordBatchValidation.check(batch.subarray(0, length), 9),
        `cut at ${length}`
      )
    }
    assert.isUndefined(RecordBatchValidation.check(batch, 9))
  })

  it("takes a first record of any size, and no more when it is full", () => {
    const builder = new RecordBatchBuilder({ bytesMax: 200 })
    assert.isTrue(builder.append(0, null, Buffer.alloc(500)))
    assert.isFalse(builder.append(0, null, Buffer.alloc(1)))
    assert.strictEqual(builder.count, 1)
  })
})

describe("records", () => {
  it("are refused when they are cut off, without a key where one is needed, and at a bad time", () => {
    const records = built().subarray(RecordBatch.HEADER_BYTES)
    for (let length = 0; length < records.length; length += length > 100 ? 997 : 1) {
      assert.isDefined(RecordsCheck.check(records.subarray(0, length), rules), `cut at ${length}`)
    }
    const keyless = RecordsCheck.check(records, { ...rules, needsKeys: true })!
    assert.match(keyless.message, /without a key; 1 have none, the first is record \d of/)
    assert.strictEqual(keyless.records!.length, 1)
    assert.match(RecordsCheck.check(records, { ...rules, count: 3 })!.message, /not announced/)
    const early = { ...rules, timestampMin: rules.baseTimestamp }
    assert.match(RecordsCheck.check(records, early)!.message, /has the time 1699999000000/)
  })
})
