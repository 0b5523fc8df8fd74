// From the flags that name a cluster to an admin of it. A cluster that cannot be reached is told of at
// once, instead of after a minute of attempts: whoever types a command wants to know that the port is wrong.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as fs from "node:fs"
import * as ClientConfig from "../../layers/config/ClientConfig.ts"
import * as NodeTransport from "../../layers/transport/NodeTransport.ts"
import { Admin } from "../client/Admin.ts"
import type { ClientError } from "../client/ClientError.ts"
import { Cluster } from "../client/cluster/Cluster.ts"
import * as BrokerFlags from "./BrokerFlags.ts"
import { UsageError } from "./ExitCode.ts"

const CONNECT_TIMEOUT_MS = 5000
/** For a call with all its attempts. */
const API_TIMEOUT_MS = 30_000

export const config = Effect.fnUntraced(function*(
  given: BrokerFlags.Given
): Effect.fn.Return<ClientConfig.ClientConfig["Service"], UsageError> {
  const { bootstrap, sasl, tls } = yield* BrokerFlags.target(given)
  return ClientConfig.make({
    bootstrapServers: bootstrap.map(({ host, port }) =>
      host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`
    ),
    tls: tls === undefined ? undefined : yield* certificates(tls),
    sasl: sasl === undefined ? undefined : {
      mechanism: sasl.mechanism,
      username: sasl.user,
      password: Redacted.make(sasl.password)
    },
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    apiTimeoutMs: API_TIMEOUT_MS
  })
})

/** A cluster that has answered, and its admin. */
export const layer = (
  given: BrokerFlags.Given
): Layer.Layer<Cluster | Admin, UsageError | ClientError> => {
  const cluster = Cluster.layer.pipe(
    Layer.provide(Layer.effect(ClientConfig.ClientConfig, config(given))),
    Layer.provide(NodeTransport.layer)
  )
  const reached = Layer.effectDiscard(Cluster.use(({ anyConnection }) => anyConnection))
  return Layer.mergeAll(Admin.layer, reached).pipe(Layer.provideMerge(cluster))
}

const certificates = Effect.fnUntraced(function*({ ca, cert, key }: BrokerFlags.TlsFiles) {
  return {
    ...(ca === undefined ? {} : { ca: yield* read("--ca", ca) }),
    ...(cert === undefined ? {} : { cert: yield* read("--cert", cert) }),
    ...(key === undefined ? {} : { key: yield* read("--key", key) })
  }
})

const read = (flag: string, file: string): Effect.Effect<string, UsageError> =>
  Effect.try({
    try: () => fs.readFileSync(file, "utf8"),
    catch: (error) =>
      new UsageError({
        detail: `${flag} ${file} cannot be read: ${error instanceof Error ? error.message : "?"}`
      })
  })
