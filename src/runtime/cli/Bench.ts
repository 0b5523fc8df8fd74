// `mymq bench`: its commands and their flags. What each does is loaded when it is asked for.
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as BrokerFlags from "./BrokerFlags.ts"
import * as JsonFlag from "./JsonFlag.ts"

const count = (name: string, metavar: string, description: string, least = 1) =>
  Flag.Int(name).pipe(
    Flag.withMetavar(metavar),
    Flag.withDescription(description),
    Flag.filter((given) => given >= least, (given) => `${given} is less than ${least}`)
  )

const records = (standard: number) =>
  count("records", "N", `How many (default: ${standard})`).pipe(
    Flag.withAlias("n"),
    Flag.withDefault(standard)
  )

const size = count("size", "BYTES", "Of a record's value (default: 250)").pipe(
  Flag.withDefault(250)
)

const rate = Flag.Finite("rate").pipe(
  Flag.withMetavar("N"),
  Flag.filter((rate) => rate > 0, (rate) => `${rate} is no rate`)
)

/** What is sent, and where to. */
const sending = {
  size,
  content: Flag.Literals("content", ["text", "random"]).pipe(
    Flag.withDescription("Lines like a log's, which compress about threefold; or random bytes"),
    Flag.withDefault("text")
  ),
  topic: Flag.String("topic").pipe(
    Flag.withAlias("t"),
    Flag.withMetavar("NAME"),
    Flag.withDescription("One that is there (default: one is made for the run, then deleted)"),
    Flag.optional
  ),
  partitions: count("partitions", "N", "Of the topic that is made (default: 1)").pipe(
    Flag.withDefault(1)
  ),
  keep: Flag.Boolean("keep").pipe(
    Flag.withDescription("Leave the topic that was made, and tell its name"),
    Flag.withDefault(false)
  ),
  acks: Flag.Literals("acks", ["all", "1", "0"]).pipe(
    Flag.withDescription("Who must have a record before it counts: all replicas, one, nobody"),
    Flag.withDefault("all")
  ),
  compression: Flag.Literals("compression", ["none", "gzip", "snappy", "lz4", "zstd"]).pipe(
    Flag.withDescription("How batches are compressed"),
    Flag.withDefault("none")
  ),
  compressionLevel: Flag.Int("compression-level").pipe(
    Flag.withMetavar("N"),
    Flag.withDescription("Of gzip and zstd (default: the codec's own)"),
    Flag.optional
  ),
  batchBytes: count("batch-size", "BYTES", "Of a batch, at most (default: 131072)").pipe(
    Flag.withDefault(131_072)
  )
}

const linger = (standard: number) =>
  count("linger", "MS", `How long a batch waits for more (default: ${standard})`, 0).pipe(
    Flag.withDefault(standard)
  )

const produce = Command.make("produce", {
  records: records(1_000_000),
  ...sending,
  lingerMs: linger(5),
  rate: rate.pipe(
    Flag.withDescription("So many records a second (default: as fast as it goes)"),
    Flag.optional
  ),
  json: JsonFlag.json,
  broker: BrokerFlags.flags
}, (given) =>
  Effect.flatMap(
    Effect.promise(() => import("./bench/BenchProduce.ts")),
    (it) => it.run(given)
  )).pipe(
    Command.withDescription(
      "Send records with a callback each, and tell how fast they were acknowledged, what that\n" +
        "  cost this program in CPU, and how long acknowledgements took (of 10,000 records, evenly\n" +
        "  spread)."
    ),
    Command.withShortDescription("How fast records are sent and acknowledged"),
    Command.withExamples([
      { command: "mymq bench produce", description: "A million records of 250 bytes" },
      {
        command: "mymq bench produce -n 100000 --size 1000 --acks 1 --compression zstd",
        description: "Fewer, larger, compressed, acknowledged by the leader"
      },
      { command: "mymq bench produce --rate 50000 --json", description: "At a rate, for a program" }
    ])
  )

const consume = Command.make("consume", {
  records: records(1_000_000),
  by: Flag.Literals("by", ["poll", "stream"]).pipe(
    Flag.withDescription("Polls, each committed; or a stream, committed on the way"),
    Flag.withDefault("poll")
  ),
  pollRecords: count("poll-records", "N", "Of a poll, at most (default: 500)").pipe(
    Flag.withDefault(500)
  ),
  fetchBytes: count("fetch-size", "BYTES", "Of a fetch, of each partition (default: 1048576)")
    .pipe(Flag.withDefault(1_048_576)),
  ...sending,
  json: JsonFlag.json,
  broker: BrokerFlags.flags
}, (given) =>
  Effect.flatMap(
    Effect.promise(() => import("./bench/BenchConsume.ts")),
    (it) => it.run(given)
  )).pipe(
    Command.withDescription(
      "Read records and commit, and tell how fast that went and what it cost this program in CPU.\n" +
        "  The topic that is made for it is filled first, which is not counted; with --topic what is\n" +
        "  there is read, from its start, at most --records."
    ),
    Command.withShortDescription("How fast records are read and committed"),
    Command.withExamples([
      { command: "mymq bench consume", description: "A million records of 250 bytes" },
      {
        command: "mymq bench consume --topic orders --by stream",
        description: "What is in a topic, as a stream"
      }
    ])
  )

const latency = Command.make("latency", {
  records: records(10_000),
  rate: rate.pipe(
    Flag.withDescription("So many records a second (default: 1000)"),
    Flag.withDefault(1000)
  ),
  ...sending,
  lingerMs: linger(0),
  json: JsonFlag.json,
  broker: BrokerFlags.flags
}, (given) =>
  Effect.flatMap(
    Effect.promise(() => import("./bench/BenchLatency.ts")),
    (it) => it.run(given)
  )).pipe(
    Command.withDescription(
      "Send records at a rate and read them at the same time, and tell how long each was on its way.\n" +
        "  The first tenth warms up and is not counted. A record that could not be sent in time counts\n" +
        "  from when it was due. With --topic, only what this run sends is read."
    ),
    Command.withShortDescription("How long records are on their way"),
    Command.withExamples([
      { command: "mymq bench latency", description: "1,000 a second, for ten seconds" },
      {
        command: "mymq bench latency -n 1000000 --rate 50000 --acks 1",
        description: "50,000 a second, for twenty seconds"
      }
    ])
  )

export const command = Command.make("bench").pipe(
  Command.withDescription("Measure a cluster, and this client of it"),
  Command.withSubcommands([produce, consume, latency])
)
