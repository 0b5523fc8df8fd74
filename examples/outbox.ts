// An outbox worker: a program that changes its database and tells others of it writes both into the database, in
// one transaction; this worker publishes what the outbox holds and marks it done. A crash between the two has
// rows published again, never lost: who reads them knows one by its header "outbox-id".
//
//     node examples/outbox.ts        with MYMQ_BOOTSTRAP (127.0.0.1:9092) and OUTBOX (outbox.db)
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Client from "mymq/Client"
import { Producer } from "mymq/Producer"
import { DatabaseSync } from "node:sqlite"

const { MYMQ_BOOTSTRAP = "127.0.0.1:9092", OUTBOX = "outbox.db" } = process.env

interface Row {
  readonly id: number
  readonly topic: string
  readonly key: string
  readonly payload: string
}

class Outbox extends Context.Service<Outbox, {
  readonly waiting: Effect.Effect<ReadonlyArray<Row>>
  readonly done: (rows: ReadonlyArray<Row>) => Effect.Effect<void>
}>()("examples/Outbox") {
  static readonly layer = Layer.effect(
    Outbox,
    Effect.gen(function*() {
      const database = yield* Effect.acquireRelease(
        Effect.sync(() => new DatabaseSync(OUTBOX, { timeout: 5000 })),
        (database) => Effect.sync(() => database.close())
      )
      database.exec(
        "create table if not exists outbox (id integer primary key, topic text not null, " +
          "key text not null, payload text not null, done_at text)"
      )
      const select = database.prepare(
        "select id, topic, key, payload from outbox where done_at is null order by id limit ?"
      )
      const update = database.prepare(
        "update outbox set done_at = datetime() where done_at is null and id <= ?"
      )
      yield* Effect.logInfo(`watching ${OUTBOX}`)
      return Outbox.of({
        waiting: Effect.sync(() => select.all(500) as unknown as ReadonlyArray<Row>),
        done: (rows) => Effect.sync(() => update.run(rows.at(-1)!.id))
      })
    })
  )
}

const recordOf = ({ id, key, payload, topic }: Row) => ({
  topic,
  key,
  value: payload,
  headers: [["outbox-id", Buffer.from(String(id))]] as const
})

/** Publishes what waits, in order; all rows are acknowledged before one is marked. */
const publish = Effect.gen(function*() {
  const outbox = yield* Outbox
  const producer = yield* Producer
  const rows = yield* outbox.waiting
  if (rows.length === 0) return
  yield* producer.sendAll(rows.map(recordOf))
  yield* outbox.done(rows)
  yield* Effect.logInfo(`published ${rows.length} rows`)
})

publish.pipe(
  Effect.catch((error) => Effect.logWarning(`tried again soon: ${error.message}`)),
  Effect.repeat(Schedule.spaced("200 millis")),
  Effect.provide([
    Outbox.layer,
    Producer.layer().pipe(Layer.provide(Client.layer({ bootstrapServers: MYMQ_BOOTSTRAP })))
  ]),
  NodeRuntime.runMain
)
