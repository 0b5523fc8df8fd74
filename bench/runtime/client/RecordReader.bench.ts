// What reading a record costs the consumer, in ns: views made of a fetched batch, their values as views and as
// text; beside them the eager array of Record.ts, which is unchecked.
import * as Record from "../../../src/domain/record/Record.ts"
import * as RecordBatch from "../../../src/domain/record/RecordBatch.ts"
import { RecordBatchBuilder } from "../../../src/domain/record/RecordBatchBuilder.ts"
import type { ConsumerRecord } from "../../../src/runtime/client/consumer/ConsumerRecord.ts"
import { FetchedBatch, RecordReader } from "../../../src/runtime/client/consumer/FetchedBatch.ts"
import { median, parameter, table } from "../../Bench.ts"

const BATCHES = parameter("BATCHES", 2, 400)
const ROUNDS = parameter("ROUNDS", 2, 21)
const BATCH_BYTES = parameter("BATCH_BYTES", 4_096, 65_536)
const VALUE_BYTES = parameter("VALUE_BYTES", 250, 250)

const builder = new RecordBatchBuilder({ bytesMax: BATCH_BYTES })
const value = Buffer.alloc(VALUE_BYTES, "v")
while (builder.append(1_700_000_000_000 + (builder.count >> 2), null, value));
const batch = builder.seal({})
const bytes = batch.subarray(RecordBatch.HEADER_BYTES)

const views = (): ReadonlyArray<ConsumerRecord> => {
  const into: Array<ConsumerRecord> = []
  new RecordReader(new FetchedBatch("t", 0, 0, batch, 0, bytes)).read(builder.count, into)
  return into
}

/** Every subject gives a sum of what it saw, so that nothing can be left out. */
const SUBJECTS: { readonly [name: string]: () => number } = {
  "views": () => views().length,
  "views, value": () => views().reduce((sum, record) => sum + record.value!.length, 0),
  "views, text": () => views().reduce((sum, record) => sum + record.value!.toString().length, 0),
  "Record.ofBatch": () => Record.ofBatch(batch, 0).length
}

let seen = 0
const measured = new Map(Object.keys(SUBJECTS).map((name) => [name, new Array<number>()]))
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, subject] of Object.entries(SUBJECTS)) {
    const start = performance.now()
    for (let i = 0; i < BATCHES; i++) seen += subject()
    measured.get(name)!.push((performance.now() - start) * 1e6 / (BATCHES * builder.count))
  }
}

console.log(table([...measured].map(([subject, ns]) => ({
  [`batch of ${builder.count} records, values of ${VALUE_BYTES} B`]: subject,
  "ns a record, median": median(ns),
  "best": Math.min(...ns)
}))))
if (seen === 0) throw new Error("nothing was read")
