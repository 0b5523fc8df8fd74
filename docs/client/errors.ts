// What docs/client/errors.md shows, as one program.
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
// #region reason
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
// #endregion
import * as Layer from "effect/Layer"
// #region again
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
// #endregion
// #region code
import { Admin } from "mymq/Admin"
// #endregion
import * as Client from "mymq/Client"
// #region again
import { Consumer } from "mymq/Consumer"
// #endregion
// #region code
import { ErrorCode } from "mymq/domain/ErrorCode"
// #endregion
// #region reason
import { Producer } from "mymq/Producer"

const archive = Effect.fnUntraced(
  function*(document: string) {
    const producer = yield* Producer
    yield* producer.send({ topic: "documents", value: document })
  },
  Effect.catchReason("ClientError", "RecordTooLarge", () => Console.log("too large: left out"))
)
// #endregion

// #region reasons
const log = Effect.fnUntraced(
  function*(line: string) {
    const producer = yield* Producer
    yield* producer.send({ topic: "log", value: line })
  },
  Effect.catchReasons("ClientError", {
    ConnectionLost: ({ address }) => Console.log(`${address} cannot be reached`),
    BrokerRefused: ({ detail, name }) => Console.log(`${name}: ${detail}`)
  })
)
// #endregion

// #region code
const ensureTopic = Effect.fnUntraced(function*(topic: string) {
  const admin = yield* Admin
  yield* Admin.onlyOne(admin.createTopics([{ topic }])).pipe(
    Effect.catchIf(
      ({ errorCode }) => errorCode === ErrorCode.TOPIC_ALREADY_EXISTS,
      () => Console.log(`${topic} is there`)
    )
  )
})
// #endregion

// #region again
const billing = Consumer.layer({
  groupId: "billing",
  topics: ["log"],
  autoOffsetReset: "earliest"
})

const work = Effect.gen(function*() {
  const consumer = yield* Consumer
  yield* Stream.runForEach(consumer.records, ({ value }) => Console.log(`billed ${value}`))
})

const worker = work.pipe(
  Effect.provide(billing),
  Effect.tapError((error) => Effect.logWarning(`begins anew: ${error.message}`)),
  Effect.retry(Schedule.spaced("10 seconds"))
)
// #endregion

// #region noOffset
const startSomewhere = Effect.gen(function*() {
  const consumer = yield* Consumer
  const fromTheStart = Effect.andThen(consumer.seekToBeginning(), consumer.poll(1))
  const [record] = yield* consumer.poll(1).pipe(
    Effect.catchReason("ClientError", "NoOffset", () => fromTheStart)
  )
  yield* Console.log(`begins with ${record?.value}`)
})
// #endregion

const { MYMQ_BOOTSTRAP = "127.0.0.1:9092" } = process.env

const kafka = Client.layer({ bootstrapServers: MYMQ_BOOTSTRAP })
const silence = Client.layer({ bootstrapServers: "127.0.0.1:1" })
const impatient = Producer.layer({ deliveryTimeoutMs: 300, blockMsMax: 300 })

Effect.gen(function*() {
  yield* archive("x".repeat(2 * 1024 * 1024))
  yield* Effect.provide(log("hello?"), impatient.pipe(Layer.provide(silence)))
  yield* log("hello")
  yield* ensureTopic("log")
  const careful = Consumer.layer({ autoOffsetReset: "none" })
  const assigned = Effect.gen(function*() {
    const consumer = yield* Consumer
    yield* consumer.assign([{ topic: "log", partition: 0 }])
  })
  yield* Effect.provide(Effect.andThen(assigned, startSomewhere), careful)
  yield* Effect.timeoutOption(worker, "1 second")
}).pipe(
  Effect.provide(Layer.mergeAll(Producer.layer(), Admin.layer).pipe(Layer.provideMerge(kafka))),
  NodeRuntime.runMain
)
