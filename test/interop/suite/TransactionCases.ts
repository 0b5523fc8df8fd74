// Reading beside transactions, which our own producer does not write: librdkafka does. Brokers that have none
// (MYMQ) are passed over with that reason.
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import * as path from "node:path"
import * as readline from "node:readline"
import { Admin } from "../../../src/runtime/client/Admin.ts"
import { Cluster } from "../../../src/runtime/client/cluster/Cluster.ts"
import { hasConfluent } from "../BrokerProcess.ts"
import * as Case from "./Case.ts"

const script = path.join(import.meta.dirname, "transactions.py")

const writer = Effect.fnUntraced(function*(bootstrap: string, topic: string) {
  const child = yield* Effect.acquireRelease(
    Effect.sync(() =>
      spawn("/usr/bin/python3", [script, bootstrap, topic], { stdio: ["pipe", "pipe", "inherit"] })
    ),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )
  const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const line = Effect.promise(async () => (await lines.next()).value)
  return { line, end: Effect.sync(() => child.stdin.end()) }
})

const readCommitted = Case.of(
  "reads what is committed, and waits where a transaction is open",
  Effect.gen(function*() {
    if (!hasConfluent) {
      return yield* new Case.Skipped({ why: "python3-confluent-kafka is not installed" })
    }
    const { bootstrapServers, sasl, tls } = (yield* Cluster).config
    if (sasl !== undefined || tls !== undefined) {
      return yield* new Case.Skipped({ why: "the writer of transactions speaks plain TCP" })
    }
    const admin = yield* Admin
    const served = yield* Admin.orFail(admin.apiVersions())
    if (![...served.values()][0]!.apis.some(({ name }) => name === "EndTxn")) {
      return yield* new Case.Skipped({ why: "the broker has no transactions" })
    }
    const topic = yield* Case.topic()
    const { host, port } = bootstrapServers[0]!
    const { end, line } = yield* writer(`${host}:${port}`, topic)
    assert.strictEqual(yield* line, "open")

    const committed = ["a", "c"].flatMap((name) => [0, 1, 2, 3, 4].map((i) => `${name}${i}`))
    const reader = yield* Case.assigned(topic, [0], { isolationLevel: "read_committed" })
    assert.deepStrictEqual(Case.values(yield* Case.read(reader, 10)), committed)
    assert.deepStrictEqual(yield* reader.poll(10, "500 millis"), [])
    const stable = (yield* reader.endOffsets([Case.at(topic)])).get(`${topic}-0`)!
    const everything = yield* Case.assigned(topic)
    const all = yield* Case.read(everything, 20)
    assert.strictEqual(all[15]!.value!.toString(), "d0")
    assert.strictEqual(stable, all[15]!.offset, "the last stable offset")

    yield* end
    assert.strictEqual(yield* line, "aborted")
    const producer = yield* Case.producer()
    yield* producer.send({ topic, partition: 0, value: "after" })
    assert.deepStrictEqual(Case.values(yield* Case.read(reader, 1)), ["after"])
  })
)

export const cases: ReadonlyArray<Case.Case> = [readCommitted]
