// The command `mymq`. Without a subcommand it serves, so that `node dist/main.js` is a broker.
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Cause from "effect/Cause"
import * as Command from "effect/cli/Command"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Runtime from "effect/Runtime"
import * as Serve from "./cli/Serve.ts"
import { VERSION } from "./cli/Version.ts"

const SUBCOMMANDS = ["serve"]
const HELP = ["--help", "-h", "--version", "--completions", "--wizard"]

/** `mymq --set a=b` is `mymq serve --set a=b`. */
const argumentsOf = (given: ReadonlyArray<string>): ReadonlyArray<string> =>
  given.some((argument) => SUBCOMMANDS.includes(argument) || HELP.includes(argument))
    ? given
    : ["serve", ...given]

const command = Command.make("mymq").pipe(
  Command.withDescription("A durable Kafka-compatible broker"),
  Command.withSubcommands([Serve.command])
)
const run = Command.runWith(command, { version: VERSION })

/** What can go wrong at start is told in sentences, without a stack; a defect with all that is known. */
const told = <A, E extends { readonly message: string }, R>(
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.tapCause(effect, (cause) => {
    if (Cause.hasInterruptsOnly(cause)) return Effect.void
    const failures = cause.reasons.filter(Cause.isFailReason)
    return Console.error(
      failures.length > 0 ? `mymq: ${failures[0]!.error.message}` : `mymq: ${Cause.pretty(cause)}`
    )
  })

told(run(argumentsOf(process.argv.slice(2)))).pipe(
  Effect.provide(Layer.mergeAll(
    NodeServices.layer,
    Logger.layer([Logger.withConsoleError(Logger.formatLogFmt)])
  )),
  NodeRuntime.runMain({
    disableErrorReporting: true,
    teardown: (exit, onExit) =>
      Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)
        ? onExit(0)
        : Runtime.defaultTeardown(exit, onExit)
  })
)
