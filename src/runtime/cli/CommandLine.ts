// All that can be said to `mymq`: the commands, listed once. A command file declares flags and loads what
// it does on demand (`import("./XProgram.ts")`), so that no command pays for the others.
import * as CliConfig from "effect/cli/CliConfig"
import * as Command from "effect/cli/Command"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Bench from "./Bench.ts"
import * as ClusterCommand from "./ClusterCommand.ts"
import * as Consume from "./Consume.ts"
import * as Doctor from "./Doctor.ts"
import * as ErrorReport from "./ErrorReport.ts"
import * as Groups from "./Groups.ts"
import * as HelpText from "./HelpText.ts"
import * as JsonFlag from "./JsonFlag.ts"
import * as Output from "./Output.ts"
import * as Produce from "./Produce.ts"
import * as Serve from "./Serve.ts"
import * as Topics from "./Topics.ts"
import { VERSION } from "./Version.ts"

const command = Command.make("mymq").pipe(
  Command.withDescription(
    "A durable Kafka-compatible broker, and tools for it. Without a command it serves.\n\n" +
      "  Exit codes: 0 fine, 1 failed, 2 wrong usage."
  ),
  Command.withSubcommands([
    Serve.command,
    Produce.command,
    Consume.command,
    Topics.command,
    Groups.command,
    ClusterCommand.command,
    Bench.command,
    Doctor.command
  ])
)

const HELP = ["--help", "-h", "--version", "-v", "--completions"]
const LOG_LEVEL = "--log-level"

/** `mymq --set a=b` is `mymq serve --set a=b`: flags before any command are those of `serve`. */
export const argumentsOf = (given: ReadonlyArray<string>): ReadonlyArray<string> => {
  let first = 0
  while (given[first]?.startsWith(LOG_LEVEL)) first += given[first] === LOG_LEVEL ? 2 : 1
  const word = given[first]
  const isSaid = word !== undefined && (!word.startsWith("-") || HELP.includes(nameOf(word)))
  return isSaid ? given : ["serve", ...given]
}

/** "--completions" of "--completions=bash". */
const nameOf = (flag: string): string => flag.split("=")[0]!

const BUILT_INS = [
  GlobalFlag.Help,
  GlobalFlag.Version,
  GlobalFlag.Completions,
  GlobalFlag.LogLevel
]

const layer: Layer.Layer<Output.Output> = Layer.mergeAll(
  Output.layer,
  ErrorReport.layer,
  CliConfig.layer({ builtIns: BUILT_INS }),
  HelpText.layer
)

/** Does what a command line says, and tells why when it cannot. */
export const run = (given: ReadonlyArray<string>) =>
  Command.runWith(command, { version: VERSION })(argumentsOf(given)).pipe(
    Output.whileRead,
    (running) => ErrorReport.told(running, JsonFlag.isAsked(given)),
    Effect.provide(layer)
  )
