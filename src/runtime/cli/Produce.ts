// `mymq produce`: its flags. What it does is loaded when it is asked for.
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as BrokerFlags from "./BrokerFlags.ts"
import * as JsonFlag from "./JsonFlag.ts"

const flags = {
  topic: Argument.String("TOPIC").pipe(
    Argument.withMetavar("name"),
    Argument.withDescription("Where the records go")
  ),
  format: Flag.Literals("format", ["lines", "json"]).pipe(
    Flag.withDescription("What a line of the input is: a value, or a JSON object"),
    Flag.withDefault("lines")
  ),
  key: Flag.String("record-key").pipe(
    Flag.withMetavar("KEY"),
    Flag.withDescription("The key of records that have none of their own"),
    Flag.optional
  ),
  keySeparator: Flag.String("key-separator").pipe(
    Flag.withAlias("K"),
    Flag.withMetavar("TEXT"),
    Flag.withDescription("What ends the key within a line, as in --key-separator :"),
    Flag.optional
  ),
  headers: Flag.KeyValuePair("header").pipe(
    Flag.withAlias("H"),
    Flag.withDescription("A header of all records, as --header source=till; may be given again"),
    Flag.withDefault({})
  ),
  partition: Flag.Int("partition").pipe(
    Flag.withMetavar("N"),
    Flag.withDescription("Where all records go (default: by their keys)"),
    Flag.filter((partition) => partition >= 0, (partition) => `${partition} is no partition`),
    Flag.optional
  ),
  emptyIsNull: Flag.Boolean("empty-is-null").pipe(
    Flag.withDescription("An empty value is none: a tombstone in compacted topics"),
    Flag.withDefault(false)
  ),
  rate: Flag.Finite("rate").pipe(
    Flag.withMetavar("N"),
    Flag.withDescription("So many records a second, and no more (default: as fast as it goes)"),
    Flag.filter((rate) => rate > 0, (rate) => `${rate} is no rate`),
    Flag.optional
  ),
  compression: Flag.Literals("compression", ["none", "gzip", "snappy", "lz4", "zstd"]).pipe(
    Flag.withDescription("How batches are compressed"),
    Flag.withDefault("none")
  ),
  acks: Flag.Literals("acks", ["all", "1", "0"]).pipe(
    Flag.withDescription("Who must have a record before it counts: all replicas, one, nobody"),
    Flag.withDefault("all")
  ),
  create: Flag.Boolean("create").pipe(
    Flag.withDescription("Create the topic where it is not there"),
    Flag.withDefault(false)
  ),
  json: JsonFlag.json,
  broker: BrokerFlags.flags
}

export const command = Command.make(
  "produce",
  flags,
  (given) =>
    Effect.flatMap(
      Effect.promise(() => import("./produce/ProduceLines.ts")),
      (it) => it.run(given)
    )
).pipe(
  Command.withDescription(
    "Send what comes in on stdin, a record a line, until it ends; then wait until all is\n" +
      "  acknowledged.\n\n" +
      "  With --format json a line is {\"value\": ..., \"key\": ..., \"headers\": {...},\n" +
      "  \"partition\": N, \"timestamp\": MS}, of which only the value must be there. What is no\n" +
      "  string is sent as JSON; null is no value. --json prints what was done as JSON."
  ),
  Command.withShortDescription("Send records from stdin"),
  Command.withExamples([
    { command: "echo hello | mymq produce orders --create", description: "One record" },
    {
      command: "mymq produce orders --key-separator : < orders.txt",
      description: "Keys before the first colon of each line"
    },
    {
      command: "tail -f events.ndjson | mymq produce events --format json --rate 100",
      description: "At most 100 a second"
    }
  ])
)
