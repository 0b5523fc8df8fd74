// What `mymq serve` does: runs a broker until it is told to stop. What it says of itself goes to stderr;
// one line on stdout says where it listens and where its data is.
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as fs from "node:fs"
import { BrokerConfig, BrokerConfigError } from "../../layers/config/BrokerConfig.ts"
import * as BrokerModule from "../broker/Broker.ts"
import { VERSION } from "./Version.ts"

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

/** What the flags of `mymq serve` say. */
export interface Given {
  readonly config: Option.Option<string>
  readonly set: Record<string, string>
  readonly listeners: Option.Option<string>
  readonly logDirs: Option.Option<string>
}

/** The settings of a command line; what it does not say comes from the environment and the file. */
export const run = Effect.fnUntraced(function*(given: Given) {
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
