// Reads a topic of one partition slowly with our consumer, a process of its own, and tells how many bytes the
// consumer held and what memory the process had at most: node --expose-gc slow_reader.mjs BOOTSTRAP TOPIC COUNT BUDGET
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Compression } from "../../../src/layers/compression/Compression.ts"
import * as Client from "../../../src/runtime/client/Client.ts"
import * as Consumer from "../../../src/runtime/client/Consumer.ts"

const [bootstrapServers, topic, count, budget] = process.argv.slice(2)

const reading = Effect.gen(function*() {
  const consumer = yield* Consumer.make({
    autoOffsetReset: "earliest",
    prefetchBytesMax: Number(budget),
    pollRecordsMax: 100
  })
  yield* consumer.assign([{ topic, partition: 0 }])
  globalThis.gc()
  const start = process.memoryUsage().arrayBuffers
  let polls = 0
  let held = 0
  let memory = 0
  let bytes = 0
  for (let read = 0; read < Number(count);) {
    const records = yield* consumer.poll(100, "10 seconds")
    read += records.length
    for (const { valueBytes } of records) bytes += valueBytes
    // As long as a hundred records take somebody slow: what can come meanwhile, comes.
    yield* Effect.sleep("2 millis")
    held = Math.max(held, consumer.bufferedBytes())
    if (++polls % 20 > 0) continue
    // Only what is still referred to counts: when garbage is collected is the engine's affair.
    globalThis.gc()
    memory = Math.max(memory, process.memoryUsage().arrayBuffers - start)
  }
  return { held, memory, bytes }
})

const told = await Effect.runPromise(
  reading.pipe(
    Effect.scoped,
    Effect.provide(Layer.mergeAll(Client.layer({ bootstrapServers }), Compression.layer))
  )
)
process.stdout.write(JSON.stringify(told))
