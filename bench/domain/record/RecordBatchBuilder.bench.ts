// What appending a record costs the producer, and sealing a batch, in ns a record: in fresh memory and in
// memory used before. The floor beside it copies the values into a buffer and does nothing else.
import { RecordBatchBuilder } from "../../../src/domain/record/RecordBatchBuilder.ts"
import { median, parameter, table } from "../../Bench.ts"

const BATCHES = parameter("BATCHES", 2, 400)
const ROUNDS = parameter("ROUNDS", 2, 21)
const BATCH_BYTES = parameter("BATCH_BYTES", 4_096, 65_536)
const VALUE_BYTES = parameter("VALUE_BYTES", 250, 250)

const TIMESTAMP = 1_700_000_000_000
const value = Buffer.alloc(VALUE_BYTES, 1)
const key = Buffer.from("key-12345678")
const headers = [["traceparent", Buffer.alloc(55, "0")]] as const

/** Fills a batch; gives the number of its records. */
const fill = (
  builder: RecordBatchBuilder,
  key: Buffer | null,
  headers?: ReadonlyArray<readonly [string, Buffer]>
): number => {
  let count = 0
  while (builder.append(TIMESTAMP + (count >> 4), key, value, headers)) count++
  return count
}

const reused = new RecordBatchBuilder({ bytesMax: BATCH_BYTES })
const again = (): RecordBatchBuilder => {
  reused.reset()
  return reused
}
const floor = Buffer.alloc(BATCH_BYTES)

const SUBJECTS: { readonly [name: string]: () => number } = {
  "floor: values copied": () => {
    let at = 0
    let count = 0
    for (; at + VALUE_BYTES <= BATCH_BYTES; at += VALUE_BYTES, count++) floor.set(value, at)
    return count
  },
  "append, fresh memory": () => fill(new RecordBatchBuilder({ bytesMax: BATCH_BYTES }), null),
  "append": () => fill(again(), null),
  "append with a key": () => fill(again(), key),
  "append with key and header": () => fill(again(), key, headers),
  "append and seal": () => {
    const count = fill(again(), null)
    reused.seal({})
    return count
  }
}

const measured = new Map(Object.keys(SUBJECTS).map((name) => [name, new Array<number>()]))
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, subject] of Object.entries(SUBJECTS)) {
    let records = 0
    const start = performance.now()
    for (let i = 0; i < BATCHES; i++) records += subject()
    measured.get(name)!.push((performance.now() - start) * 1e6 / records)
  }
}

console.log(table([...measured].map(([subject, ns]) => ({
  [`batches of ${BATCH_BYTES} B, values of ${VALUE_BYTES} B`]: subject,
  "ns a record, median": median(ns),
  "best": Math.min(...ns)
}))))
