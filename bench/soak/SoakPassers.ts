// What comes and goes beside the lanes: topics that are made, written, read by a group of their own in either
// protocol and deleted with it; clients that connect, ask and leave; connections that break off in the middle
// of a request, or say nothing at all. Whatever of them stays behind in the broker is a leak.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as net from "node:net"
import { Admin } from "../../src/runtime/client/Admin.ts"
import * as Client from "../../src/runtime/client/Client.ts"
import * as Consumer from "../../src/runtime/client/Consumer.ts"
import * as Producer from "../../src/runtime/client/Producer.ts"
import * as KafkaFrames from "../versus/KafkaFrames.ts"
import type { SoakLedger } from "./SoakLedger.ts"
import * as Settings from "./SoakSettings.ts"

const PASSING_RECORDS = 300
const PASSING_PARTITIONS = 3

export const topics = Effect.fnUntraced(function*(ledger: SoakLedger, told: () => void) {
  const admin = yield* Admin
  for (let i = 0; true; i++) {
    const topic = `passing-${i}`
    yield* Admin.orFail(admin.createTopics([{ topic, partitions: PASSING_PARTITIONS }]))
    yield* fill(topic)
    const read = yield* drain(topic, i % 2 === 0 ? "classic" : "consumer")
    if (read !== PASSING_RECORDS) {
      ledger.problem(`${topic}: ${read} records of ${PASSING_RECORDS} were read`)
    }
    yield* Admin.orFail(admin.deleteGroups([topic]))
    yield* Admin.orFail(admin.deleteTopics([topic]))
    told()
    yield* Effect.sleep(Settings.TOPIC_EVERY_S * 1000)
  }
})

const fill = Effect.fnUntraced(function*(topic: string) {
  const producer = yield* Producer.make()
  yield* producer.sendAll(Array.from({ length: PASSING_RECORDS }, (_, i) => ({
    topic,
    partition: i % PASSING_PARTITIONS,
    key: `key ${i}`,
    value: `value ${i}`
  })))
}, Effect.scoped)

const drain = Effect.fnUntraced(function*(topic: string, protocol: "classic" | "consumer") {
  const consumer = yield* Consumer.make({
    groupId: topic,
    topics: [topic],
    protocol,
    autoCommit: false,
    autoOffsetReset: "earliest"
  })
  let count = 0
  for (let empty = 0; count < PASSING_RECORDS && empty < 30;) {
    const records = yield* consumer.poll()
    count += records.length
    empty = records.length === 0 ? empty + 1 : 0
    if (records.length > 0) yield* consumer.commitSync()
  }
  return count
}, Effect.scoped)

export const connections = Effect.fnUntraced(function*(port: number, told: () => void) {
  const ways = [() => client(port), () => broken(port, HALF_A_REQUEST), () => broken(port, NOTHING)]
  for (let i = 0; true; i++) {
    yield* ways[i % ways.length]!()
    told()
    yield* Effect.sleep(Settings.CONNECTION_EVERY_S * 1000)
  }
})

/** One that asks and leaves as it should. */
const client = (port: number) =>
  Effect.scoped(Admin.use((admin) => admin.listTopics())).pipe(
    Effect.provide(
      Admin.layer.pipe(Layer.provide(Client.layer({ bootstrapServers: `127.0.0.1:${port}` })))
    )
  )

const HALF_A_REQUEST = KafkaFrames.metadata("soak-plain").subarray(0, 20)
const NOTHING = Buffer.alloc(0)

/** A socket that is destroyed once these bytes have left. */
const broken = (port: number, bytes: Buffer) =>
  Effect.callback<void, Error>((resume) => {
    const socket = net.connect({ host: "127.0.0.1", port }, () => {
      socket.write(bytes, () => socket.resetAndDestroy())
    })
    socket.once("error", (error) => resume(Effect.fail(error)))
    socket.once("close", () => resume(Effect.void))
    return Effect.sync(() => socket.destroy())
  })
