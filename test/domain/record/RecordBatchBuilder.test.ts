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
    headers: [
      ["ä", Buffer.from("1")],
      ["ä", null],
      ["", Buffer.alloc(0)],
      ["ascii", null],
      ["a name of more characters than a loop writes", Buffer.alloc(40, 3)],
      ["ein längerer Name, auch außerhalb von ASCII 🦊", null]
    ]
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

describe("a builder", () => {
  const timestamp = 1_700_000_000_000

  it("writes one record as the format says, byte by byte", () => {
    const builder = new RecordBatchBuilder({ bytesMax: 1000 })
    builder.append(timestamp, Buffer.from("k"), Buffer.from("vv"), [["h", Buffer.from("!")]])
    // length 13, attributes, two deltas, key, value, one header with name and value; zigzag varints
    const record = "1a 00 00 00 02 6b 04 7676 02 02 68 02 21"
    assert.strictEqual(builder.payload.toString("hex"), record.replaceAll(" ", ""))
  })

  it("writes lengths, deltas and counts of any number of bytes", () => {
    const builder = new RecordBatchBuilder({ bytesMax: Infinity })
    const sizes = [0, 1, 23, 24, 63, 64, 8_191, 8_192, 1_048_575, 1_048_576]
    for (let i = 0; i < 9_000; i++) {
      const key = i % 3 === 0 ? null : Buffer.alloc(sizes[i % 8]!, i)
      const value = i < sizes.length ? Buffer.alloc(sizes[i]!, i) : null
      assert.isTrue(builder.append(timestamp + (i % 2 === 0 ? i ** 3 : -(i ** 3)), key, value))
    }
    const records = Record.ofBatch(builder.seal({}), 0)
    assert.strictEqual(records.length, 9_000)
    for (const [i, record] of records.entries()) {
      assert.strictEqual(record.offset, i)
      assert.strictEqual(record.timestamp, timestamp + (i % 2 === 0 ? i ** 3 : -(i ** 3)))
      const key = i % 3 === 0 ? null : Buffer.alloc(sizes[i % 8]!, i)
      assert.isTrue(key === null ? record.key === null : record.key!.equals(key))
      if (i < sizes.length) assert.isTrue(record.value!.equals(Buffer.alloc(sizes[i]!, i)))
      else assert.isNull(record.value)
    }
  })

  it("is as full as it says: the record that fits to the byte is taken", () => {
    for (const bytesMax of [200, 199]) {
      const builder = new RecordBatchBuilder({ bytesMax })
      builder.append(timestamp, null, Buffer.alloc(60))
      const left = 200 - builder.sizeBytes - 8 // a length of two bytes, and of the value's
      assert.strictEqual(builder.append(timestamp, null, Buffer.alloc(left)), bytesMax === 200)
      assert.strictEqual(builder.seal({}).length === 200, bytesMax === 200)
    }
  })

  it("makes the next batch in the same memory, as if it were new", () => {
    const builder = new RecordBatchBuilder({ bytesMax: 1000 })
    builder.append(timestamp + 9, Buffer.from("key"), Buffer.from("value"), [["a", null]])
    builder.append(timestamp + 99, null, Buffer.alloc(500, 1))
    builder.seal({ producerId: 5, isTransactional: true })
    const { memory } = builder
    builder.reset()
    assert.deepStrictEqual([builder.count, builder.sizeBytes], [0, RecordBatch.HEADER_BYTES])
    const other = new RecordBatchBuilder({ bytesMax: 1000 })
    for (const one of [builder, other]) one.append(timestamp, null, Buffer.from("v"))
    assert.deepStrictEqual(builder.seal({}), other.seal({}))
    assert.strictEqual(builder.memory, memory)
  })

  it("takes memory of any size and content, and gives it back", () => {
    const memory = Buffer.alloc(70, 0xff)
    const builder = new RecordBatchBuilder({ bytesMax: 1000, memory })
    builder.append(timestamp, null, null)
    assert.strictEqual(builder.seal({}).buffer, memory.buffer)
    assert.strictEqual(builder.memory, memory)
    builder.append(timestamp, null, Buffer.alloc(200, 2))
    assert.notStrictEqual(builder.memory, memory)
    assert.isUndefined(RecordBatchValidation.check(builder.seal({}), 9))
    builder.reset(memory)
    builder.append(timestamp, null, null)
    assert.strictEqual(builder.seal({}).buffer, memory.buffer)
  })

  it("does not keep the memory of one very large record", () => {
    const builder = new RecordBatchBuilder({ bytesMax: 1000 })
    builder.append(timestamp, null, Buffer.alloc(1_000_000))
    assert.isAtLeast(builder.memory.length, 1_000_000)
    builder.reset()
    assert.isAtMost(builder.memory.length, 1000)
  })
})

describe("a value alone", () => {
  const timestamp = 1_700_000_000_000
  const deltas = [0, 0, 1, 63, 64, 5, 5, -1, 0, 200, 63]
  const value = Buffer.alloc(100, 7)

  const builtPlain = () => {
    const builder = new RecordBatchBuilder({ bytesMax: 10_000 })
    const bytes = deltas.map((delta) => {
      const taken = builder.appendPlain(timestamp + delta, value)
      if (taken === 0) builder.append(timestamp + delta, null, value)
      return taken
    })
    return { builder, bytes }
  }

  it("is taken where its time takes one byte, and its bytes are told", () => {
    const { builder, bytes } = builtPlain()
    const record = 9 + value.length
    assert.deepStrictEqual(
      bytes,
      deltas.map((delta) => delta >= 0 && delta < 64 ? record : 0)
    )
    const others = bytes.filter((taken) => taken === 0).length
    // The deltas 64 and 200 take a byte more; -1 does not.
    const all = RecordBatch.HEADER_BYTES + deltas.length * record + others - 1
    assert.strictEqual(builder.sizeBytes, all)
  })

  it("reads back with its own time, and the batch knows the latest", () => {
    const batch = builtPlain().builder.seal({})
    const records = Record.ofBatch(batch, 0)
    assert.deepStrictEqual(
      records.map((record) => record.timestamp),
      deltas.map((delta) => timestamp + delta)
    )
    assert.isTrue(records.every((record) => value.equals(record.value!)))
    assert.strictEqual(RecordBatch.baseTimestamp(batch, 0), timestamp)
    assert.strictEqual(RecordBatch.maxTimestamp(batch, 0), timestamp + 200)
    assert.isUndefined(RecordBatchValidation.check(batch, deltas.length))
  })

  it("reads back whatever number of bytes its varints have", () => {
    const sizes = [0, 11, 12, 62, 63, 64, 65, 200]
    const large = [8181, 8182, 8183, 8184, 8185, 8191, 8192, 20_000]
    const sizeOf = (index: number) => large[index - 100] ?? sizes[index % sizes.length]!
    const values = Array.from({ length: 8300 }, (_, index) => Buffer.alloc(sizeOf(index), index))
    const builder = new RecordBatchBuilder({ bytesMax: 1 << 20 })
    let bytes = RecordBatch.HEADER_BYTES
    for (const value of values) bytes += builder.appendPlain(timestamp, value)
    assert.strictEqual(builder.count, values.length)
    assert.strictEqual(builder.sizeBytes, bytes)
    const batch = builder.seal({})
    const records = Record.ofBatch(batch, 0)
    const wrong = values.findIndex((value, index) => !value.equals(records[index]!.value!))
    assert.strictEqual(wrong, -1)
    assert.isUndefined(RecordBatchValidation.check(batch, 9))
    const payload = batch.subarray(RecordBatch.HEADER_BYTES)
    const plain = { ...rules, count: values.length, baseTimestamp: timestamp }
    assert.isUndefined(RecordsCheck.check(payload, plain))
  })

  it("fills a batch to the byte, and no further", () => {
    const count = 70
    const bytes = (size: number) => {
      const builder = new RecordBatchBuilder({ bytesMax: 1 << 20 })
      for (let i = 0; i < count; i++) builder.appendPlain(timestamp, value)
      return builder.sizeBytes + size
    }
    const full = new RecordBatchBuilder({ bytesMax: bytes(0) })
    const short = new RecordBatchBuilder({ bytesMax: bytes(-1) })
    for (let i = 1; i < count; i++) {
      full.appendPlain(timestamp, value)
      short.appendPlain(timestamp, value)
    }
    assert.isAbove(full.appendPlain(timestamp, value), 0)
    assert.strictEqual(full.appendPlain(timestamp, value), 0)
    assert.strictEqual(short.appendPlain(timestamp, value), 0)
    assert.strictEqual(Record.ofBatch(short.seal({}), 0).length, count - 1)
  })

  it("has its own time in the next batch, too", () => {
    const builder = new RecordBatchBuilder({ bytesMax: 10_000 })
    builder.appendPlain(timestamp, value)
    builder.appendPlain(timestamp + 9, value)
    builder.reset()
    builder.appendPlain(timestamp + 9, value)
    builder.appendPlain(timestamp + 10, value)
    const batch = builder.seal({})
    assert.deepStrictEqual(
      Record.ofBatch(batch, 0).map((record) => record.timestamp),
      [timestamp + 9, timestamp + 10]
    )
    assert.strictEqual(RecordBatch.baseTimestamp(batch, 0), timestamp + 9)
  })

  it("is not taken by a batch that it would make too large, unless it is the first", () => {
    const builder = new RecordBatchBuilder({ bytesMax: 200 })
    assert.isAbove(builder.appendPlain(timestamp, Buffer.alloc(300)), 300)
    assert.strictEqual(builder.appendPlain(timestamp, value), 0)
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
