// `mymq doctor DIR`: its flags. Whether a data directory is whole, told without changing anything in it.
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as JsonFlag from "./JsonFlag.ts"

const flags = {
  directory: Argument.String("DIR").pipe(
    Argument.withMetavar("path"),
    Argument.withDescription("The data directory (log.dirs of the broker)")
  ),
  topic: Flag.String("topic").pipe(
    Flag.withMetavar("NAME"),
    Flag.withDescription("Look at the partitions of this topic only"),
    Flag.optional
  ),
  force: Flag.Boolean("force").pipe(
    Flag.withDescription(
      "Look even while a broker has the directory: what it is writing looks torn"
    ),
    Flag.withDefault(false)
  ),
  compacted: Flag.Boolean("compacted").pipe(
    Flag.withDescription("The broker's own log.cleanup.policy is compact: any log may have holes"),
    Flag.withDefault(false)
  ),
  json: JsonFlag.json
}

export const command = Command.make(
  "doctor",
  flags,
  (given) =>
    Effect.flatMap(Effect.promise(() => import("./DoctorProgram.ts")), (it) => it.run(given))
).pipe(
  Command.withDescription(
    "Verify a data directory, changing nothing: the catalog and the checkpoints, and of every\n" +
      "  partition each batch with its checksum, the offsets, the indexes and the snapshots.\n\n" +
      "  A finding is a note (nothing is wrong), a warning (the next start of a broker mends it)\n" +
      "  or an error (data is damaged). Exit code 1 when there is an error."
  ),
  Command.withShortDescription("Verify a data directory"),
  Command.withExamples([
    { command: "mymq doctor ./data", description: "All partitions" },
    { command: "mymq doctor ./data --topic orders --json", description: "Of one topic, as JSON" }
  ])
)
