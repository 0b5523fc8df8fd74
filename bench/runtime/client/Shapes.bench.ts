// What the shape of a load does to its price: from a base (250 B, one partition, no compression, acks=1, no
// TLS, one producer) one thing is changed at a time. Each shape is pushed with a callback for each record, to
// the last answer, then polled with a commit for each poll, by our client and our broker, a process each;
// the shapes take turns, round by round. CPU is told by a million messages, of client and broker apart.
//
// The environment says: ROUNDS, SHAPE (only those whose name begins with it, beside the base), MESSAGES and
// MEGABYTES (at most so many messages and bytes a shape), BATCH, POLL_RECORDS, PROFILE=DIR.
import { VERSION } from "../../../src/runtime/cli/Version.ts"
import * as Bench from "../../Bench.ts"
import * as ClientProgram from "../../versus/ClientProgram.ts"
import * as Load from "../../versus/HeadlineLoad.ts"
import * as Programs from "../../versus/Programs.ts"
import { TLS_CONFIGS } from "./HeadlineClient.ts"

const ROUNDS = Bench.parameter("ROUNDS", 1, 5)
const MESSAGES = Bench.parameter("MESSAGES", 1000, 600_000)
const MEGABYTES = Bench.parameter("MEGABYTES", 2, 300)
/** Less than the headline's: a hundred partitions' open batches fit into a producer's memory. */
const BATCH_BYTES = Bench.parameter("BATCH", 16_384, 131_072)
const BASE_BYTES = 250

interface Shape {
  readonly name: string
  readonly bytes?: number
  readonly partitions?: number
  readonly isTls?: boolean
  readonly durability?: string
  /** For the client programs. */
  readonly environment?: Readonly<Record<string, string>>
}

const SHAPES: ReadonlyArray<Shape> = [
  { name: "base" },
  { name: "100 B", bytes: 100 },
  { name: "1 KB", bytes: 1000 },
  { name: "10 KB", bytes: 10_000 },
  { name: "12 partitions", partitions: 12 },
  { name: "100 partitions", partitions: 100 },
  { name: "100 partitions, keys", partitions: 100, environment: { KEYED: "1" } },
  { name: "lz4", environment: { CODEC: "lz4" } },
  { name: "zstd", environment: { CODEC: "zstd" } },
  { name: "zstd, level 1", environment: { CODEC: "zstd", LEVEL: "1" } },
  { name: "acks all, on the device", durability: "commit", environment: { ACKS: "all" } },
  { name: "TLS", isTls: true, environment: { TLS: "1" } },
  { name: "50 producers", environment: { PRODUCERS: "50" } }
]

/** In smoke mode all at once, as every shape starts three processes. */
const SMOKE: Shape = {
  name: "12 partitions, keys, 3 producers, TLS",
  partitions: 12,
  isTls: true,
  environment: { KEYED: "1", PRODUCERS: "3", TLS: "1" }
}
const asked = process.env["SHAPE"] ?? ""
const shapes = Bench.isSmoke
  ? [SMOKE]
  : SHAPES.filter(({ name }) => name === "base" || name.startsWith(asked))

const bytesOf = ({ bytes = BASE_BYTES }: Shape): number => bytes
const recordsOf = (shape: Shape): number =>
  Math.min(MESSAGES, Math.round(MEGABYTES * 1e6 / bytesOf(shape)))

interface Round {
  readonly push: Load.Told
  readonly poll: Load.Told
}

const round = async (shape: Shape): Promise<Round> => {
  const { durability = "os", isTls = false, partitions = 1 } = shape
  const environment = {
    BYTES_MIN: String(bytesOf(shape)),
    BYTES_MAX: String(bytesOf(shape)),
    RECORDS: String(recordsOf(shape)),
    WARM: String(Math.round(recordsOf(shape) / 2)),
    BATCH: String(BATCH_BYTES),
    PARTITIONS: String(partitions),
    ...shape.environment
  }
  const server = await Programs.broker({
    "auto.create.topics.enable": "true",
    "num.partitions": String(partitions),
    durability,
    ...(isTls ? TLS_CONFIGS : {})
  })
  try {
    const push = await ClientProgram.run("runtime/client/ShapePush.ts", server, environment)
    const poll = await ClientProgram.run("runtime/client/HeadlinePoll.ts", server, environment)
    return { push, poll }
  } finally {
    await server.stop()
  }
}

const rounds = new Map<Shape, Array<Round>>(shapes.map((shape) => [shape, []]))
for (let i = 0; i < ROUNDS; i++) {
  for (const [shape, done] of rounds) done.push(await round(shape))
}

const row = (shape: Shape, way: keyof Round) => {
  const of = (key: keyof Load.Told): number =>
    Bench.median(rounds.get(shape)!.map((each) => each[way][key]))
  const perMillion = (seconds: number): number => seconds * 1e6 / recordsOf(shape)
  const msgPerS = of("msgPerS")
  return {
    [way === "poll" ? "poll + commit" : way]: shape.name,
    "M msg/s": msgPerS / 1e6,
    "MB/s": Math.round(msgPerS * bytesOf(shape) / 1e6),
    "client CPU s/M": perMillion(of("clientCpuS")),
    "broker CPU s/M": perMillion(of("serverCpuS"))
  }
}

console.log(
  `mymq ${VERSION}, log lines of ${BASE_BYTES} B where nothing else is said, at most ${MESSAGES} messages ` +
    `and ${MEGABYTES} MB of a shape after half as many to warm up, batches of ${BATCH_BYTES} B, polls of ` +
    `${Load.POLL_RECORDS}, ${Load.IN_FLIGHT} requests in flight, durability os and acks 1, but for one shape; ` +
    `50 producers are in one process with 50 connections; medians of ${ROUNDS}\n`
)
for (const way of ["push", "poll"] as const) {
  console.log(`${Bench.table(shapes.map((shape) => row(shape, way)))}\n`)
}
