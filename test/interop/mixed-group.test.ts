// Our members and librdkafka's in one group: whoever leads it, every partition has one owner at a
// time, what stays is not interrupted, and no record is passed over. All of them are processes of
// their own.
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { BrokerProcess, hasConfluent } from "./BrokerProcess.ts"
import * as GroupScenario from "./GroupScenario.ts"
import type { Client } from "./Members.ts"

const timeout = 120_000
const outer = process.env["MYMQ_TEST_BROKER"]
const sessionTimeoutMs = outer === undefined ? 3000 : 6000

describe.skipIf(!hasConfluent)("a mixed group (needs python3-confluent-kafka)", () => {
  let broker: BrokerProcess | undefined
  beforeAll(async () => {
    if (outer !== undefined) return
    broker = await BrokerProcess.start({
      "group.initial.rebalance.delay.ms": "0",
      "group.min.session.timeout.ms": "1000",
      "group.consumer.session.timeout.ms": "3000",
      "group.consumer.min.session.timeout.ms": "1000",
      "group.consumer.heartbeat.interval.ms": "200",
      "group.consumer.min.heartbeat.interval.ms": "200"
    })
  })
  afterAll(() => broker?.dispose())

  const lead = async (
    name: string,
    clients: ReadonlyArray<Client>,
    assignor: string,
    steps: ReadonlyArray<GroupScenario.Step>,
    protocol?: GroupScenario.Scenario["protocol"]
  ) => {
    const said: Array<string> = []
    const seed = Date.now() % 1_000_000
    const result = await GroupScenario.run({
      bootstrap: broker?.address() ?? outer!,
      name,
      clients,
      assignor,
      protocol,
      partitions: 12,
      rate: 20,
      sessionTimeoutMs,
      commitEvery: 10,
      steps,
      seed,
      say: (line) => said.push(line)
    })
    assert.deepStrictEqual(result.problems, [], [`seed ${seed}`, ...said].join("\n"))
    assert.isAbove(result.commits, 0)
    assert.isAbove(result.processed, 0)
  }

  const sizes = (...all: ReadonlyArray<number>) => all.map((to) => ({ do: "resize", to } as const))

  it(
    "of two and two balances 12 partitions through joins and leaves",
    { timeout },
    () =>
      lead(
        "two-and-two",
        ["mymq", "confluent"],
        "cooperative-sticky",
        sizes(1, 2, 4, 3, 4, 2, 4, 1)
      )
  )

  it(
    "survives members that crash, pause and come back",
    { timeout },
    () =>
      lead("hard-times", ["confluent", "mymq"], "cooperative-sticky", [
        ...sizes(4),
        { do: "crash" },
        ...sizes(4),
        { do: "pause" },
        { do: "static-restart", members: 2 }
      ])
  )

  it(
    "shares by range as well, giving up everything each time",
    { timeout },
    () => lead("by-range", ["mymq", "confluent"], "range", sizes(1, 4, 2, 3))
  )

  it(
    "has ours in the consumer protocol beside librdkafka's in the classic one",
    { timeout },
    () =>
      lead(
        "two-protocols",
        ["confluent", "mymq"],
        "cooperative-sticky",
        [...sizes(1, 2, 4, 3), { do: "crash" }, ...sizes(4, 2)],
        "consumer"
      )
  )
})
