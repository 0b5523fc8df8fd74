// What reading a record costs the consumer, in ns: walking alone, with values as views and as text, as
// objects, and passing over what was read before; beside them the eager array of Record.ts.
import * as Record from "../../../src/domain/record/Record.ts"
import { RecordBatchBuilder } from "../../../src/domain/record/RecordBatchBuilder.ts"
import { RecordsView } from "../../../src/domain/record/RecordsView.ts"
import { median, parameter, table } from "../../Bench.ts"

const BATCHES = parameter("BATCHES", 2, 400)
const ROUNDS = parameter("ROUNDS", 2, 21)
const BATCH_BYTES = parameter("BATCH_BYTES", 4_096, 65_536)
const VALUE_BYTES = parameter("VALUE_BYTES", 250, 250)

const builder = new RecordBatchBuilder({ bytesMax: BATCH_BYTES })
const value = Buffer.alloc(VALUE_BYTES, "v")
while (builder.append(1_700_000_000_000 + (builder.count >> 2), null, value));
const batch = builder.seal({})

/** Every subject gives a sum of what it saw, so that nothing can be left out. */
const SUBJECTS: { readonly [name: string]: () => number } = {
  "walk": () => {
    const view = new RecordsView(batch)
    let bytes = 0
    while (view.next()) bytes += view.valueBytes
    return bytes
  },
  "walk, value": () => {
    const view = new RecordsView(batch)
    let bytes = 0
    while (view.next()) bytes += view.value!.length
    return bytes
  },
  "walk, text": () => {
    const view = new RecordsView(batch)
    let bytes = 0
    while (view.next()) {
      bytes += view.buffer.toString("utf8", view.valueAt, view.valueAt + view.valueBytes).length
    }
    return bytes
  },
  "records()": () => new RecordsView(batch).records().length,
  "records(), value": () => {
    let bytes = 0
    for (const record of new RecordsView(batch).records()) bytes += record.value!.length
    return bytes
  },
  "skipTo": () => {
    const view = new RecordsView(batch)
    view.skipTo(view.lastOffset + 1)
    return view.count
  },
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
