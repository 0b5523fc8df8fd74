// Our side of the headline's push, as a program: records pushed with a callback each, to the answer of the last.
// Every callback is held to the offset that it must have.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Producer } from "../../../src/runtime/client/Producer.ts"
import * as Load from "../../versus/HeadlineLoad.ts"
import * as HeadlineClient from "./HeadlineClient.ts"

const values = Load.values()
let called = 0
let wrong = 0
const callback = (error: unknown, _partition: number, offset: number): void => {
  if (error !== undefined || offset !== called) wrong++
  called++
}

const push = Effect.fnUntraced(function*(producer: Producer["Service"], from: number, to: number) {
  const record = { topic: Load.TOPIC, value: values[0]! }
  for (let i = from; i < to; i++) {
    record.value = values[i % values.length]!
    if (!producer.push(record, callback)) yield* producer.drained
  }
  yield* producer.flush
})

const program = Effect.gen(function*() {
  const producer = yield* Producer
  const count = Load.WARM + Load.RECORDS
  yield* push(producer, 0, Load.WARM - Load.RUN_UP)
  Load.rest()
  yield* push(producer, Load.WARM - Load.RUN_UP, Load.WARM)
  const end = Load.measure()
  yield* push(producer, Load.WARM, count)
  end()
  if (called !== count || (wrong > 0 && HeadlineClient.acks !== 0)) {
    throw new Error(`${called} callbacks of ${count}, ${wrong} of them wrong`)
  }
})

const layer = Producer.layer({
  acks: HeadlineClient.acks,
  batchBytesMax: Load.BATCH_BYTES,
  inFlightRequestsMax: Load.IN_FLIGHT,
  compression: HeadlineClient.codec,
  compressionLevel: HeadlineClient.level
})
await Effect.runPromise(
  Effect.provide(program, Layer.provide(layer, HeadlineClient.layer))
)
