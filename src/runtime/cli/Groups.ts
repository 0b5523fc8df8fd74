// `mymq groups`: its commands and their flags. What each does is loaded when it is asked for.
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as BrokerFlags from "./BrokerFlags.ts"
import * as JsonFlag from "./JsonFlag.ts"
import * as PartitionFlag from "./PartitionFlag.ts"
import * as Position from "./Position.ts"
import * as PositionFlag from "./PositionFlag.ts"

const broker = BrokerFlags.flags
const json = JsonFlag.json

const group = Argument.String("GROUP").pipe(Argument.withMetavar("id"))

const groups = group.pipe(
  Argument.withDescription("One or more groups"),
  Argument.variadic({ min: 1 })
)

const ls = Command.make("ls", {
  states: Flag.String("state").pipe(
    Flag.withMetavar("STATE"),
    Flag.withDescription("Only groups in this state, as Stable or Empty; may be given again"),
    Flag.atLeast(0)
  ),
  types: Flag.Literals("type", ["classic", "consumer"]).pipe(
    Flag.withDescription("Only groups of this protocol; may be given again"),
    Flag.atLeast(0)
  ),
  json,
  broker
}, (given) =>
  Effect.flatMap(
    Effect.promise(() => import("./groups/ListGroups.ts")),
    (it) => it.run(given)
  )).pipe(Command.withDescription("List groups"))

const describe = Command.make("describe", { groups, json, broker }, (given) =>
  Effect.flatMap(
    Effect.promise(() => import("./groups/DescribeGroups.ts")),
    (it) => it.run(given)
  )).pipe(
    Command.withDescription("Describe groups: their state, and members with their partitions"),
    Command.withShortDescription("Describe groups")
  )

const lag = Command.make("lag", {
  group: group.pipe(Argument.withDescription("The group")),
  watch: Flag.Boolean("watch").pipe(
    Flag.withAlias("w"),
    Flag.withDescription("Again and again, until interrupted; with --json a line each time"),
    Flag.withDefault(false)
  ),
  intervalSeconds: Flag.Finite("interval").pipe(
    Flag.withMetavar("SECONDS"),
    Flag.withDescription("How often, with --watch (default: 2)"),
    Flag.filter((seconds) => seconds >= 0.1, (seconds) => `${seconds} is too often`),
    Flag.withDefault(2)
  ),
  json,
  broker
}, (given) =>
  Effect.flatMap(
    Effect.promise(() => import("./groups/LagOfGroup.ts")),
    (it) => it.run(given)
  )).pipe(
    Command.withDescription(
      "Tell how far a group is behind: what it has committed against where the partitions end,\n" +
        "  for those that it has committed in or that its members have. Where nothing is committed\n" +
        "  all records of the partition count."
    ),
    Command.withShortDescription("Tell how far a group is behind"),
    Command.withExamples([
      { command: "mymq groups lag billing", description: "Now" },
      { command: "mymq groups lag billing --watch", description: "As it changes" }
    ])
  )

const reset = Command.make("reset", {
  group: group.pipe(Argument.withDescription("The group, which must have no members")),
  topics: Flag.String("topic").pipe(
    Flag.withMetavar("NAME"),
    Flag.withDescription("In this topic; may be given again"),
    Flag.atLeast(1)
  ),
  partitions: PartitionFlag.partitions,
  to: PositionFlag.make("to", "Where the group goes on"),
  dryRun: Flag.Boolean("dry-run").pipe(
    Flag.withDescription("Say what would be done, and do nothing"),
    Flag.withDefault(false)
  ),
  json,
  broker
}, (given) =>
  Effect.flatMap(
    Effect.promise(() => import("./groups/ResetGroup.ts")),
    (it) => it.run(given)
  )).pipe(
    Command.withDescription(
      "Move what a group has committed, so that its members go on elsewhere when they start. The\n" +
        "  group must have no members; one that is not there yet begins where it is told to. A\n" +
        "  position outside of a partition becomes its start or its end.\n\n" +
        `  ${Position.HELP}`
    ),
    Command.withShortDescription("Move what a group has committed"),
    Command.withExamples([
      {
        command: "mymq groups reset billing --topic orders --to @10m --dry-run",
        description: "Where ten minutes ago was"
      },
      {
        command: "mymq groups reset billing --topic orders --partition 0 --to start",
        description: "Read partition 0 all over again"
      }
    ])
  )

const remove = Command.make("delete", { groups, json, broker }, (given) =>
  Effect.flatMap(
    Effect.promise(() => import("./groups/DeleteGroups.ts")),
    (it) => it.run(given)
  )).pipe(
    Command.withDescription("Forget groups without members, and all that they have committed"),
    Command.withShortDescription("Forget groups without members")
  )

export const command = Command.make("groups").pipe(
  Command.withDescription("List, describe, watch, reset and delete groups"),
  Command.withSubcommands([ls, describe, lag, reset, remove])
)
