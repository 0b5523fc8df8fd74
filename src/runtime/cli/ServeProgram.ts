// `mymq serve`: runs a broker until it is told to stop. What it says of itself goes to stderr; one line
// on stdout says where it listens and where its data is.
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as fs from "node:fs"
import { BrokerConfig, BrokerConfigError } from "../../layers/config/BrokerConfig.ts"
import * as BrokerModule from "../broker/Broker.ts"
import { VERSION } from "./Version.ts"

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

/** Says that it is ready, and reads its certificates again on SIGHUP. */
const announce = Effect.gen(function*() {
  const broker = yield* BrokerModule.Broker
  const places = broker.listeners.map(({ host, name, port }) =>
    `${name}://${host.includes(":") ? `[${host}]` : host}:${port}`
  )
  const context = yield* Effect.context()
  const reload = broker.reloadCertificates.pipe(
    Effect.andThen(Effect.logInfo("certificates were read again")),
    Effect.catch((error) => Effect.logError(`certificates were not changed: ${error.message}`))
  )
  const onHangup = () => {
    Effect.runForkWith(context)(reload)
  }
  yield* Effect.acquireRelease(
    Effect.sync(() => process.on("SIGHUP", onHangup)),
    () => Effect.sync(() => process.off("SIGHUP", onHangup))
  )
  yield* Console.log(
    `mymq ${VERSION} listening on ${places.join(", ")}, data in ${broker.logDir}`
  )
})

const readFile = (path: string): Effect.Effect<string, BrokerConfigError> =>
  Effect.try({
    try: () => fs.readFileSync(path, "utf8"),
    catch: (error) =>
      new BrokerConfigError({ problems: [`the file ${path} cannot be read: ${String(error)}`] })
  })

/** The settings of a command line; what it does not say comes from the environment and the file. */
const serve = Effect.fnUntraced(function*(given: {
  readonly config: Option.Option<string>
  readonly set: Record<string, string>
  readonly listeners: Option.Option<string>
  readonly logDirs: Option.Option<string>
}) {
  const path = Option.getOrUndefined(given.config) ?? process.env["MYMQ_CONFIG"]
  const settings: Record<string, string> = { ...given.set }
  if (Option.isSome(given.listeners)) settings["listeners"] = given.listeners.value
  if (Option.isSome(given.logDirs)) settings["log.dirs"] = given.logDirs.value
  const config = BrokerConfig.layer({
    flags: settings,
    environment: process.env,
    file: path === undefined ? undefined : yield* readFile(path)
  })
  return yield* Layer.launch(
    Layer.effectDiscard(announce).pipe(
      Layer.provide(BrokerModule.layer),
      Layer.provide(config)
    )
  )
})

export const command = Command.make("serve", flags, serve).pipe(
  Command.withDescription("Run a broker")
)
