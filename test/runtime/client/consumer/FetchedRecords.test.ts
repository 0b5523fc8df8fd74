// What of a fetch an application gets: whole batches that are sound, without control batches and aborted
// transactions, from the fetch offset on.
import { assert, describe, it } from "@effect/vitest"
import { crc32c } from "../../../../src/domain/record/Crc32c.ts"
import * as RecordBatch from "../../../../src/domain/record/RecordBatch.ts"
import type { AbortedTransaction } from "../../../../src/runtime/client/consumer/AbortedTransactions.ts"
import type { ConsumerRecord } from "../../../../src/runtime/client/consumer/ConsumerRecord.ts"
import { FetchedBatch, RecordReader } from "../../../../src/runtime/client/consumer/FetchedBatch.ts"
import {
  ClosedBatch,
  FetchedRecords
} from "../../../../src/runtime/client/consumer/FetchedRecords.ts"
import { AssignedPartition } from "../../../../src/runtime/client/consumer/SubscriptionState.ts"
import { endMarker } from "../../../domain/record/ControlBatch.ts"
import * as BrokerWorld from "../../../world/BrokerWorld.ts"
import { shown } from "../../../world/ConsumerWorld.ts"

const ABORT = 0
const COMMIT = 1

const at = (offset: number, values: ReadonlyArray<string>): Buffer => {
  const batch = BrokerWorld.batch(values)
  RecordBatch.setBaseOffset(batch, 0, offset)
  return batch
}

const transactional = (offset: number, producerId: number, values: ReadonlyArray<string>) => {
  const batch = BrokerWorld.batch(values, {
    producerId,
    producerEpoch: 0,
    baseSequence: 0,
    isTransactional: true
  })
  RecordBatch.setBaseOffset(batch, 0, offset)
  return batch
}

const ended = (offset: number, producerId: number, type: number) =>
  endMarker({ producerId, producerEpoch: 0, offset, timestamp: 0, type, coordinatorEpoch: 0 })

const fetched = (
  batches: ReadonlyArray<Buffer>,
  options: {
    readonly from?: number
    readonly checkCrcs?: boolean
    readonly aborted?: ReadonlyArray<AbortedTransaction>
  } = {}
) =>
  new FetchedRecords(
    new AssignedPartition("orders", 0),
    1,
    options.from ?? 0,
    Buffer.concat(batches),
    options.aborted ?? null,
    { checkCrcs: options.checkCrcs ?? true, isCommittedOnly: options.aborted !== undefined }
  )

/** Everything, or what stands in the way, and where reading goes on. */
const readAll = (records: FetchedRecords) => {
  const found: Array<ConsumerRecord> = []
  for (;;) {
    const next = records.next()
    if (next === undefined) return { values: shown(found), next: records.nextOffset }
    if (next instanceof ClosedBatch) return { values: shown(found), closed: next.type }
    if (!(next instanceof FetchedBatch)) return { values: shown(found), damage: next }
    const damage = new RecordReader(next).read(Infinity, found)
    if (damage !== undefined) return { values: shown(found), damage }
    records.nextOffset = next.lastOffset + 1
  }
}

describe("FetchedRecords", () => {
  it("leaves out what lies before the fetch offset in the first batch", () => {
    const records = fetched([at(10, ["a", "b", "c"]), at(13, ["d"])], { from: 12 })
    assert.deepStrictEqual(readAll(records), {
      values: ["orders-0@12=c", "orders-0@13=d"],
      next: 14
    })
  })

  it("does not read a batch that is cut off, and fetches from there", () => {
    const cut = at(2, ["b", "c"])
    for (const length of [1, 11, 12, 16, 17, 60, cut.length - 1]) {
      const records = fetched([at(0, ["a"]), cut.subarray(0, length)])
      assert.strictEqual(records.endOffset, 1)
      assert.deepStrictEqual(readAll(records), { values: ["orders-0@0=a"], next: 1 })
    }
  })

  it("tells when there is no whole batch at all", () => {
    const records = fetched([at(5, ["a"]).subarray(0, 40)], { from: 5 })
    assert.deepStrictEqual(readAll(records), {
      values: [],
      damage: { offset: 5, detail: "the broker gave no whole batch" }
    })
  })

  it("goes past control batches and batches that compaction has emptied", () => {
    const empty = at(1, ["x"]).subarray(0, RecordBatch.HEADER_BYTES)
    const emptied = Buffer.from(empty)
    emptied.writeInt32BE(RecordBatch.HEADER_BYTES - RecordBatch.LENGTH_PREFIX_BYTES, 8)
    emptied.writeInt32BE(0, 57)
    emptied.writeUInt32BE(crc32c(emptied, RecordBatch.CRC_FROM, emptied.length), 17)
    const records = fetched([at(0, ["a"]), emptied, ended(2, 9, COMMIT)])
    assert.strictEqual(records.endOffset, 3)
    assert.deepStrictEqual(readAll(records), { values: ["orders-0@0=a"], next: 3 })
  })

  it("leaves out the records of aborted transactions, and no others", () => {
    const log = [
      transactional(0, 7, ["kept 7"]),
      ended(1, 7, COMMIT),
      transactional(2, 7, ["gone 7"]),
      transactional(3, 8, ["kept 8"]),
      at(4, ["plain"]),
      transactional(5, 7, ["gone 7 too"]),
      ended(6, 7, ABORT),
      transactional(7, 7, ["kept 7 again"]),
      ended(8, 8, COMMIT),
      ended(9, 7, COMMIT)
    ]
    const aborted = [{ producerId: 7, firstOffset: 2 }]
    assert.deepStrictEqual(readAll(fetched(log, { aborted })), {
      values: [
        "orders-0@0=kept 7",
        "orders-0@3=kept 8",
        "orders-0@4=plain",
        "orders-0@7=kept 7 again"
      ],
      next: 10
    })
    // Who reads everything gets the aborted ones too, and no markers.
    assert.strictEqual(readAll(fetched(log)).values.length, 6)
  })

  it("keeps apart transactions of one producer that are aborted one after the other", () => {
    const log = [
      transactional(0, 7, ["gone"]),
      ended(1, 7, ABORT),
      transactional(2, 7, ["kept"]),
      ended(3, 7, COMMIT),
      transactional(4, 7, ["gone"]),
      ended(5, 7, ABORT)
    ]
    // In any order: a broker sorts them by nothing in particular.
    const aborted = [{ producerId: 7, firstOffset: 4 }, { producerId: 7, firstOffset: 0 }]
    assert.deepStrictEqual(readAll(fetched(log, { aborted })), {
      values: ["orders-0@2=kept"],
      next: 6
    })
  })

  it("ends with its marker a transaction whose records were fetched before", () => {
    const log = [ended(10, 7, ABORT), transactional(11, 7, ["kept"]), ended(12, 7, COMMIT)]
    // The broker names it, because its marker is among what was asked for.
    const aborted = [{ producerId: 7, firstOffset: 5 }]
    assert.deepStrictEqual(readAll(fetched(log, { from: 10, aborted })), {
      values: ["orders-0@11=kept"],
      next: 13
    })
  })

  it("finds damage at every byte under the checksum, and says where", () => {
    const whole = at(5, ["a", "b"])
    for (let byte = RecordBatch.CRC_FROM; byte < whole.length; byte++) {
      const damaged = Buffer.from(whole)
      damaged[byte]! ^= 0x10
      assert.deepStrictEqual(readAll(fetched([at(4, ["good"]), damaged], { from: 4 })), {
        values: ["orders-0@4=good"],
        damage: { offset: 5, detail: "the checksum of the batch is wrong" }
      })
    }
  })

  it("never reads beyond a batch whose checksum is not looked at", () => {
    const whole = at(5, ["a", "b"])
    for (let byte = RecordBatch.HEADER_BYTES; byte < whole.length; byte++) {
      for (const bit of [1, 2, 4, 8, 16, 32, 64, 128]) {
        const damaged = Buffer.from(whole)
        damaged[byte]! ^= bit
        const result = readAll(fetched([damaged, at(7, ["c"])], { from: 5, checkCrcs: false }))
        assert.isAtMost(result.values.length, 3)
        if ("damage" in result) {
          assert.isAtLeast(result.damage.offset, 5)
          assert.isAtMost(result.damage.offset, 6)
        }
      }
    }
  })

  it("refuses formats and codecs that it does not know", () => {
    const old = at(3, ["a"])
    old.writeInt8(1, 16)
    assert.deepStrictEqual(readAll(fetched([old], { from: 3 })), {
      values: [],
      damage: { offset: 3, detail: "a batch of magic 1, 2 is known" }
    })
    const strange = at(3, ["a"])
    strange.writeInt16BE(7, 21)
    assert.deepStrictEqual(readAll(fetched([strange], { from: 3, checkCrcs: false })), {
      values: [],
      damage: { offset: 3, detail: "the batch is compressed by codec 7, which is not known" }
    })
  })

  it("gives values as Buffers that look into what was fetched, wherever it lies", () => {
    const batch = BrokerWorld.batch(["one", "", "three"])
    const memory = Buffer.concat([Buffer.alloc(5), batch])
    const bytes = memory.subarray(5 + RecordBatch.HEADER_BYTES)
    const found: Array<ConsumerRecord> = []
    new RecordReader(new FetchedBatch("orders", 0, 0, memory, 5, bytes)).read(9, found)
    assert.deepStrictEqual(
      found.map(({ value }) => value),
      ["one", "", "three"].map((text) => Buffer.from(text))
    )
    assert.isTrue(found.every(({ value }) => Buffer.isBuffer(value)))
    memory.write("O", memory.indexOf("one"))
    assert.strictEqual(found[0]!.value!.toString(), "One")
  })

  it("gives the broker's time to all records where the topic is set up so", () => {
    const batch = at(0, ["a", "b"])
    RecordBatch.setLogAppendTime(batch, 0, 4321)
    const next = fetched([batch]).next()
    assert.instanceOf(next, FetchedBatch)
    const records: Array<ConsumerRecord> = []
    new RecordReader(next).read(Infinity, records)
    assert.deepStrictEqual(records.map(({ timestampMs }) => timestampMs), [4321, 4321])
  })
})
