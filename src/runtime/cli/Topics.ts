// `mymq topics`: its commands and their flags. What each does is loaded when it is asked for.
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as BrokerFlags from "./BrokerFlags.ts"
import * as JsonFlag from "./JsonFlag.ts"
import * as PartitionFlag from "./PartitionFlag.ts"
import * as Position from "./Position.ts"
import * as PositionFlag from "./PositionFlag.ts"
import * as ConfigExpression from "./topics/ConfigExpression.ts"

const broker = BrokerFlags.flags
const json = JsonFlag.json

const topic = Argument.String("TOPIC").pipe(Argument.withMetavar("name"))

const topics = topic.pipe(
  Argument.withDescription("One or more topics"),
  Argument.variadic({ min: 1 })
)

const dryRun = Flag.Boolean("dry-run").pipe(
  Flag.withDescription("Say what would be done, and do nothing"),
  Flag.withDefault(false)
)

const ls = Command.make("ls", {
  internal: Flag.Boolean("internal").pipe(
    Flag.withDescription("Also the topics in which brokers keep their own affairs"),
    Flag.withDefault(false)
  ),
  json,
  broker
}, (given) =>
  Effect.flatMap(
    Effect.promise(() => import("./topics/ListTopics.ts")),
    (it) => it.run(given)
  )).pipe(Command.withDescription("List topics"))

const create = Command.make("create", {
  topics,
  partitions: Flag.Int("partitions").pipe(
    Flag.withMetavar("N"),
    Flag.withDescription("How many (default: the broker's num.partitions)"),
    Flag.optional
  ),
  replicationFactor: Flag.Int("replication-factor").pipe(
    Flag.withMetavar("N"),
    Flag.withDescription("Copies of each (default: the broker's default.replication.factor)"),
    Flag.optional
  ),
  config: Flag.KeyValuePair("config").pipe(
    Flag.withDescription("A setting, as --config retention.ms=60000; may be given again"),
    Flag.withDefault({})
  ),
  ifNotExists: Flag.Boolean("if-not-exists").pipe(
    Flag.withDescription("A topic that is there already is fine, whatever it looks like"),
    Flag.withDefault(false)
  ),
  dryRun,
  json,
  broker
}, (given) =>
  Effect.flatMap(
    Effect.promise(() => import("./topics/CreateTopics.ts")),
    (it) => it.run(given)
  )).pipe(
    Command.withDescription("Create topics"),
    Command.withExamples([
      { command: "mymq topics create orders --partitions 3", description: "A topic" },
      {
        command: "mymq topics create audit --config cleanup.policy=compact --if-not-exists",
        description: "A compacted one, in a script that may run again"
      }
    ])
  )

const describe = Command.make("describe", { topics, json, broker }, (given) =>
  Effect.flatMap(
    Effect.promise(() => import("./topics/DescribeTopics.ts")),
    (it) => it.run(given)
  )).pipe(
    Command.withDescription(
      "Describe topics: partitions with their leaders, replicas and offsets, and the settings\n" +
        "  that are the topic's own"
    ),
    Command.withShortDescription("Describe topics")
  )

const remove = Command.make("delete", { topics, json, broker }, (given) =>
  Effect.flatMap(
    Effect.promise(() => import("./topics/DeleteTopics.ts")),
    (it) => it.run(given)
  )).pipe(
    Command.withDescription("Delete topics with all their records. There is no way back"),
    Command.withShortDescription("Delete topics")
  )

/** Throws what would have been right. */
const parseChange = (text: string) => {
  const change = ConfigExpression.parse(text)
  if (change === undefined) throw ConfigExpression.EXPECTED
  return change
}

const config = Command.make("config", {
  topic: topic.pipe(Argument.withDescription("The topic")),
  changes: Argument.String("CHANGE").pipe(
    Argument.withMetavar("change"),
    Argument.withDescription("NAME=VALUE, NAME-, NAME+=VALUE or NAME-=VALUE"),
    Argument.mapTryCatch(parseChange, String),
    Argument.variadic()
  ),
  all: Flag.Boolean("all").pipe(
    Flag.withDescription("Show also what is set elsewhere, or by default"),
    Flag.withDefault(false)
  ),
  dryRun,
  json,
  broker
}, (given) =>
  Effect.flatMap(
    Effect.promise(() => import("./topics/ConfigTopic.ts")),
    (it) => it.run(given)
  )).pipe(
    Command.withDescription(
      "Show or change the settings of a topic. Without a change it shows those that are the\n" +
        "  topic's own.\n\n" +
        "  NAME=VALUE sets, NAME- goes back to the default, NAME+=VALUE and NAME-=VALUE add to and\n" +
        "  take from a list. All changes are made together, or none."
    ),
    Command.withShortDescription("Show or change settings of a topic"),
    Command.withExamples([
      { command: "mymq topics config orders", description: "What was set" },
      {
        command: "mymq topics config orders retention.ms=60000 cleanup.policy-",
        description: "Set one setting, and take another back"
      }
    ])
  )

const trim = Command.make("trim", {
  topic: topic.pipe(Argument.withDescription("The topic")),
  before: PositionFlag.make("before", "Delete the records before this position"),
  partitions: PartitionFlag.partitions,
  dryRun,
  json,
  broker
}, (given) =>
  Effect.flatMap(
    Effect.promise(() => import("./topics/TrimTopic.ts")),
    (it) => it.run(given)
  )).pipe(
    Command.withDescription(
      "Delete the records of a topic before a position: its partitions begin there. There is no\n" +
        "  way back. A position beyond the end of a partition is its end.\n\n" +
        `  ${Position.HELP}`
    ),
    Command.withShortDescription("Delete the oldest records of a topic"),
    Command.withExamples([
      {
        command: "mymq topics trim orders --before 1000 --partition 0",
        description: "Begin partition 0 at offset 1000"
      },
      {
        command: "mymq topics trim orders --before @7d --dry-run",
        description: "What keeping a week would delete"
      }
    ])
  )

export const command = Command.make("topics").pipe(
  Command.withDescription("List, create, describe, change, trim and delete topics"),
  Command.withSubcommands([ls, create, describe, config, trim, remove])
)
