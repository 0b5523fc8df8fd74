// The command `mymq`. Without a subcommand it serves, so that `node dist/main.js` is a broker.
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as CommandLine from "./cli/CommandLine.ts"
import * as ExitCode from "./cli/ExitCode.ts"

CommandLine.run(process.argv.slice(2)).pipe(
  Effect.provide(Layer.mergeAll(
    NodeServices.layer,
    Logger.layer([Logger.withConsoleError(Logger.formatLogFmt)])
  )),
  NodeRuntime.runMain({
    disableErrorReporting: true,
    teardown: (exit, onExit) => onExit(ExitCode.of(exit))
  })
)
