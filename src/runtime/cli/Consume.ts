// `mymq consume`: its flags. What it does is loaded when it is asked for.
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as BrokerFlags from "./BrokerFlags.ts"
import * as RecordText from "./consume/RecordText.ts"
import * as JsonFlag from "./JsonFlag.ts"
import * as PartitionFlag from "./PartitionFlag.ts"
import * as Position from "./Position.ts"
import * as PositionFlag from "./PositionFlag.ts"

/** Throws what would have been right. */
const parseFormat = (text: string): RecordText.Print => {
  const print = RecordText.format(text)
  if (print === undefined) throw `a format of\n  ${RecordText.HELP}`
  return print
}

/** Throws why not. */
const parsePattern = (text: string): RegExp => new RegExp(text)

const flags = {
  topic: Argument.String("TOPIC").pipe(
    Argument.withMetavar("name"),
    Argument.withDescription("What to read")
  ),
  from: PositionFlag.make("from", "Where to begin (default: start)").pipe(Flag.optional),
  to: PositionFlag.make("to", "Where to end (default: never)").pipe(Flag.optional),
  partitions: PartitionFlag.partitions,
  count: Flag.Int("count").pipe(
    Flag.withAlias("n"),
    Flag.withMetavar("N"),
    Flag.withDescription("End after so many records"),
    Flag.filter((count) => count > 0, (count) => `${count} is no count of records`),
    Flag.optional
  ),
  group: Flag.String("group").pipe(
    Flag.withAlias("g"),
    Flag.withMetavar("ID"),
    Flag.withDescription("Read as a member of this group, and commit what was printed"),
    Flag.optional
  ),
  grep: Flag.String("grep").pipe(
    Flag.withMetavar("PATTERN"),
    Flag.withDescription("Only records whose value or key matches this regular expression"),
    Flag.mapTryCatch(parsePattern, (error) => `a regular expression: ${String(error)}`),
    Flag.optional
  ),
  format: Flag.String("format").pipe(
    Flag.withAlias("f"),
    Flag.withMetavar("FORMAT"),
    Flag.withDescription("What is printed of a record, as kcat has it (default: %s\\n)"),
    Flag.withDefault("%s\\n"),
    Flag.mapTryCatch(parseFormat, String)
  ),
  readCommitted: Flag.Boolean("read-committed").pipe(
    Flag.withDescription("No records of transactions that are open or aborted"),
    Flag.withDefault(false)
  ),
  json: JsonFlag.json,
  broker: BrokerFlags.flags
}

export const command = Command.make(
  "consume",
  flags,
  (given) =>
    Effect.flatMap(
      Effect.promise(() => import("./consume/ConsumeTopic.ts")),
      (it) => it.run(given)
    )
).pipe(
  Command.withDescription(
    "Print the records of a topic, and go on as they come, until --to, --count or Ctrl-C. With\n" +
      "  --json a line for each.\n\n" +
      `  ${Position.HELP}\n\n` +
      `  A FORMAT may hold\n  ${RecordText.HELP}`
  ),
  Command.withShortDescription("Print records"),
  Command.withExamples([
    { command: "mymq consume orders --from -10", description: "The last ten of each partition" },
    {
      command: "mymq consume orders --from @1h --to end --format '%o %k: %s\\n'",
      description: "What came in an hour, with offsets and keys"
    },
    { command: "mymq consume orders --group billing --json", description: "As a member of a group" }
  ])
)
