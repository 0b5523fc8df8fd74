// Consumer groups of real clients, in short: `npm run interop:groups` leads them through more, with up to
// 20 members. A broker elsewhere can be taken with MYMQ_TEST_BROKER=HOST:PORT.
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { BrokerProcess, hasConfluent } from "./BrokerProcess.ts"
import * as GroupScenario from "./GroupScenario.ts"
import * as HandOver from "./HandOver.ts"
import type { Client } from "./Members.ts"

const outer = process.env["MYMQ_TEST_BROKER"]
// Long enough for members on a busy machine; Apache Kafka takes no shorter one than 6 s by default.
const sessionTimeoutMs = outer === undefined ? 3000 : 6000

describe.skipIf(!hasConfluent)("groups (needs python3-confluent-kafka)", () => {
  let broker: BrokerProcess | undefined
  let bootstrap: string
  beforeAll(async () => {
    if (outer === undefined) {
      broker = await BrokerProcess.start({
        "group.initial.rebalance.delay.ms": "0",
        "group.min.session.timeout.ms": "1000"
      })
    }
    bootstrap = broker?.address() ?? outer!
  })
  afterAll(() => broker?.dispose())

  const lead = async (
    name: string,
    clients: ReadonlyArray<Client>,
    assignor: string,
    steps: ReadonlyArray<GroupScenario.Step>
  ) => {
    const said: Array<string> = []
    const seed = Date.now() % 1_000_000
    const place = { bootstrap, partitions: 8, rate: 20, sessionTimeoutMs, commitEvery: 10 }
    const say = (line: string) => said.push(line)
    const scenario = { ...place, name, clients, assignor, steps, seed, say }
    const result = await GroupScenario.run(scenario)
    assert.deepStrictEqual(result.problems, [], [`seed ${seed}`, ...said].join("\n"))
    assert.isAbove(result.commits, 0)
  }

  const sizes = (...all: ReadonlyArray<number>) => all.map((to) => ({ do: "resize", to } as const))
  const timeout = 60_000

  it(
    "share among members of librdkafka that come, crash, pause and go",
    { timeout },
    () =>
      lead("confluent", ["confluent"], "range", [
        ...sizes(1, 4),
        { do: "crash" },
        { do: "pause" },
        ...sizes(1)
      ])
  )

  it(
    "share among members of kafkajs",
    { timeout },
    () => lead("kafkajs", ["kafkajs"], "RoundRobinAssigner", [...sizes(1, 3), { do: "crash" }])
  )

  it(
    "share among members of @platformatic/kafka",
    { timeout },
    () => lead("platformatic", ["platformatic"], "roundrobin", [...sizes(1, 3), { do: "crash" }])
  )

  it(
    "share among members of all three",
    { timeout },
    () => lead("mixed", ["confluent", "kafkajs", "platformatic"], "roundrobin", sizes(3, 5, 2))
  )

  it(
    "do not rebalance when a static member is restarted",
    { timeout },
    () => lead("static", ["confluent"], "range", [{ do: "static-restart", members: 3 }])
  )

  it("let partitions that stay deliver through a cooperative rebalance", { timeout }, async () => {
    const assignor = "cooperative-sticky"
    const result = await HandOver.run({ bootstrap, assignor, rate: 50, metadataRefreshMs: 50 })
    assert.deepStrictEqual(result.problems, [], result.report)
  })
})
