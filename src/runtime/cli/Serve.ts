// `mymq serve`: its flags. The broker itself is loaded when it is asked for: other commands start faster.
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"

const flags = {
  config: Flag.String("config").pipe(
    Flag.withDescription("A properties file, as Kafka's server.properties"),
    Flag.optional
  ),
  set: Flag.KeyValuePair("set").pipe(
    Flag.withDescription("A setting, as --set log.dirs=./data; may be given again"),
    Flag.withDefault({})
  ),
  listeners: Flag.String("listeners").pipe(
    Flag.withDescription("Where to listen, as PLAINTEXT://127.0.0.1:9092"),
    Flag.optional
  ),
  logDirs: Flag.String("log-dirs").pipe(
    Flag.withDescription("The directory that holds all data"),
    Flag.optional
  )
}

export const command = Command.make(
  "serve",
  flags,
  (given) =>
    Effect.flatMap(Effect.promise(() => import("./ServeProgram.ts")), (it) => it.run(given))
).pipe(
  Command.withDescription("Run a broker. Without a command this is what mymq does"),
  Command.withShortDescription("Run a broker"),
  Command.withExamples([
    { command: "mymq serve --log-dirs /var/lib/mymq", description: "Keep the data there" },
    {
      command: "mymq serve --config server.properties --set log.retention.hours=24",
      description: "Settings from a file, but for one"
    }
  ])
)
