// Our client's poll of what HeadlinePush.ts or ShapePush.ts has pushed, as a program: all PARTITIONS by hand, the value
// of each record taken and its offset checked, each poll committed and the commit waited for.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Consumer } from "../../../src/runtime/client/Consumer.ts"
import * as Bench from "../../Bench.ts"
import * as Load from "../../versus/HeadlineLoad.ts"
import * as HeadlineClient from "./HeadlineClient.ts"

const PARTITIONS = Bench.parameter("PARTITIONS", 1, 1)

const next = Array.from({ length: PARTITIONS }, () => 0)
let polled = 0
let bytes = 0

const read = Effect.fnUntraced(function*(consumer: Consumer["Service"], until: number) {
  while (polled < until) {
    const records = yield* consumer.poll(Load.POLL_RECORDS)
    for (let i = 0; i < records.length; i++) {
      const { offset, partition, value } = records[i]!
      if (offset !== next[partition]) {
        throw new Error(`offset ${offset} of ${partition} came instead of ${next[partition]}`)
      }
      next[partition]++
      bytes += value!.length
    }
    polled += records.length
    yield* consumer.commitSync()
  }
})

const program = Effect.gen(function*() {
  const consumer = yield* Consumer
  yield* consumer.assign(next.map((_, partition) => ({ topic: Load.TOPIC, partition })))
  yield* read(consumer, Load.WARM)
  const end = Load.measure()
  yield* read(consumer, Load.WARM + Load.RECORDS)
  end()
  if (bytes === 0) throw new Error("nothing was read")
})

const layer = Consumer.layer({
  groupId: "headline",
  autoOffsetReset: "earliest",
  autoCommit: false
})
await Effect.runPromise(
  Effect.provide(program, Layer.provide(layer, HeadlineClient.layer))
)
