// Our side of the headline's poll, as a program: polls, the value of each record taken and its offset checked,
// each poll committed and the commit waited for.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Consumer } from "../../../src/runtime/client/Consumer.ts"
import * as Load from "../../versus/HeadlineLoad.ts"
import * as HeadlineClient from "./HeadlineClient.ts"

let next = 0
let bytes = 0

const read = Effect.fnUntraced(function*(consumer: Consumer["Service"], until: number) {
  while (next < until) {
    const records = yield* consumer.poll(Load.POLL_RECORDS)
    for (let i = 0; i < records.length; i++) {
      const { offset, value } = records[i]!
      if (offset !== next) throw new Error(`offset ${offset} came instead of ${next}`)
      next++
      bytes += value!.length
    }
    yield* consumer.commitSync()
  }
})

const program = Effect.gen(function*() {
  const consumer = yield* Consumer
  yield* consumer.assign([{ topic: Load.TOPIC, partition: 0 }])
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
