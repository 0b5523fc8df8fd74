// How long a record is on its way, from its push to the poll that gives it, at a rate: `mymq bench latency` against
// our broker, a process each. Producer and consumer are both in the client's process, whose one clock tells;
// a batch waits for nothing (linger 0), and a record that could not be sent in time counts from when it was due.
// The first tenth warms up. Rates and kinds of acknowledgement take turns, on a fresh broker each.
//
// The environment says: ROUNDS, SECONDS (of a run), RATES (with commas), LINGER (ms), SIZE (bytes).
import * as path from "node:path"
import { VERSION } from "../../../src/runtime/cli/Version.ts"
import * as Bench from "../../Bench.ts"
import * as ClientProgram from "../../versus/ClientProgram.ts"
import * as Programs from "../../versus/Programs.ts"

const ROUNDS = Bench.parameter("ROUNDS", 1, 5)
const SECONDS = Bench.parameter("SECONDS", 0.3, 8)
const LINGER = Bench.parameter("LINGER", 0, 0)
const SIZE = Bench.parameter("SIZE", 250, 250)
const RATES = (process.env["RATES"] ?? (Bench.isSmoke ? "5000" : "1000,50000"))
  .split(",").map(Number)
const root = path.join(import.meta.dirname, "..", "..", "..")

interface Kind {
  readonly name: string
  readonly acks: string
  readonly durability: string
}

const KINDS: ReadonlyArray<Kind> = [
  { name: "1", acks: "1", durability: "os" },
  { name: "all", acks: "all", durability: "os" },
  { name: "all, on the device", acks: "all", durability: "commit" }
]

/** Of what `mymq bench latency --json` tells. */
interface Told {
  readonly records: number
  readonly seconds: number
  readonly clientCpuMicrosPerRecord: number
  readonly latencyMs: Readonly<Record<"p50" | "p99" | "p999" | "max", number>>
}

interface Sample extends Told {
  readonly brokerCpuS: number
}

const measure = async ({ acks, durability }: Kind, rate: number): Promise<Sample> => {
  const broker = await Programs.broker({ durability })
  try {
    const before = Bench.cpuSeconds(broker.pid)
    const flags = {
      bootstrap: `127.0.0.1:${broker.port}`,
      records: Math.round(rate * SECONDS),
      rate,
      acks,
      size: SIZE,
      linger: LINGER
    }
    const told = await ClientProgram.json([
      path.join(root, "dist", "main.js"),
      "bench",
      "latency",
      "--json",
      ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)])
    ]) as Told
    return { ...told, brokerCpuS: Bench.cpuSeconds(broker.pid) - before }
  } finally {
    await broker.stop()
  }
}

const runs = RATES.flatMap((rate) =>
  KINDS.map((kind) => ({ rate, kind, samples: [] as Array<Sample> }))
)
for (let round = 0; round < ROUNDS; round++) {
  for (const { kind, rate, samples } of runs) samples.push(await measure(kind, rate))
}

console.log(
  `mymq ${VERSION}, records of ${SIZE} B, one partition, no compression, no TLS, batches of at most 128 KB, ` +
    `linger ${LINGER} ms, ${SECONDS} s a run, medians of ${ROUNDS} and the worst of all\n`
)
console.log(Bench.table(runs.map(({ kind, rate, samples }) => {
  const median = (of: (sample: Sample) => number) => Bench.median(samples.map(of))
  return {
    "msg/s": rate,
    acks: kind.name,
    "p50 ms": median((it) => it.latencyMs.p50),
    "p99 ms": median((it) => it.latencyMs.p99),
    "p99.9 ms": median((it) => it.latencyMs.p999),
    "max ms": median((it) => it.latencyMs.max),
    "worst ms": Math.max(...samples.map((it) => it.latencyMs.max)),
    "client CPU %": median((it) => it.clientCpuMicrosPerRecord * it.records / it.seconds / 1e4),
    "broker CPU %": median((it) => 100 * it.brokerCpuS / it.seconds)
  }
})))
