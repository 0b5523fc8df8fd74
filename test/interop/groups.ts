// npm run interop:groups [-- --client confluent] [--seed N]
//
// Groups of 1 to 20 real clients against the built broker, step by step, minutes in all. With
// MYMQ_TEST_BROKER=HOST:PORT the broker is another one, Apache Kafka for instance.
import { parseArgs } from "node:util"
import { BrokerProcess } from "./BrokerProcess.ts"
import * as GroupScenario from "./GroupScenario.ts"
import type { Client } from "./Members.ts"

const { values } = parseArgs({
  options: { client: { type: "string" }, seed: { type: "string" } }
})
const seed = Number(values.seed ?? Date.now() % 1_000_000)

interface Plan {
  readonly name: string
  readonly clients: ReadonlyArray<Client>
  readonly assignor: string
  readonly isStatic?: boolean
}

const plans: ReadonlyArray<Plan> = [
  { name: "confluent-range", clients: ["confluent"], assignor: "range", isStatic: true },
  { name: "confluent-roundrobin", clients: ["confluent"], assignor: "roundrobin", isStatic: true },
  {
    name: "confluent-cooperative",
    clients: ["confluent"],
    assignor: "cooperative-sticky",
    isStatic: true
  },
  { name: "kafkajs", clients: ["kafkajs"], assignor: "RoundRobinAssigner" },
  { name: "platformatic", clients: ["platformatic"], assignor: "roundrobin", isStatic: true },
  { name: "mixed", clients: ["confluent", "kafkajs", "platformatic"], assignor: "roundrobin" }
]

const steps: ReadonlyArray<GroupScenario.Step> = [
  ...[1, 3, 20].map((to) => ({ do: "resize", to } as const)),
  { do: "crash" },
  { do: "resize", to: 7 },
  { do: "pause" },
  { do: "crash" },
  ...[3, 1].map((to) => ({ do: "resize", to } as const))
]

const outer = process.env["MYMQ_TEST_BROKER"]
const broker = outer === undefined
  ? await BrokerProcess.start({
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000"
  })
  : undefined
const bootstrap = broker?.address() ?? outer!
console.log(`broker ${bootstrap}, seed ${seed}`)

let problems = 0
try {
  for (const { assignor, clients, isStatic, name } of plans) {
    if (values.client !== undefined && !name.startsWith(values.client)) continue
    const place = { bootstrap, clients, assignor, partitions: 24 }
    const common = { ...place, rate: 10, seed, commitEvery: 10 }
    const say = (line: string) => console.log(line)
    const sessionTimeoutMs = 6000
    const lives = [{ name, steps }]
    if (isStatic === true) {
      lives.push({ name: `${name}-static`, steps: [{ do: "static-restart", members: 4 }] })
    }
    for (const life of lives) {
      try {
        const result = await GroupScenario.run({ ...common, ...life, say, sessionTimeoutMs })
        problems += result.problems.length
        result.problems.slice(0, 20).forEach((problem) => console.log(`problem: ${problem}`))
      } catch (error) {
        problems++
        console.log(`${life.name}: ${String(error)}`)
      }
    }
  }
} finally {
  await broker?.dispose()
}
console.log(problems === 0 ? "right" : `WRONG, ${problems} problems; seed ${seed}`)
process.exitCode = problems === 0 ? 0 : 1
