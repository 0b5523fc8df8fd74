// A broker in memory and a client of it, over the same simulated network, on the test's clock.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ClientConfig from "../../src/layers/config/ClientConfig.ts"
import * as BrokerModule from "../../src/runtime/broker/Broker.ts"
import { Cluster } from "../../src/runtime/client/cluster/Cluster.ts"
import * as BrokerWorld from "./BrokerWorld.ts"

export interface WorldOptions {
  readonly broker?: Readonly<Record<string, string>>
  readonly client?: Partial<Omit<ClientConfig.ClientOptions, "bootstrapServers">>
}

/** The client's settings, its bootstrap list being the broker of the layer. */
const config = (options: WorldOptions) =>
  Layer.effect(
    ClientConfig.ClientConfig,
    Effect.map(BrokerModule.Broker, ({ listeners: [listener] }) =>
      ClientConfig.make({
        ...options.client,
        bootstrapServers: `${listener!.host}:${listener!.port}`
      }))
  )

export const layer = (options: WorldOptions = {}) =>
  Cluster.layer.pipe(
    Layer.provideMerge(config(options)),
    Layer.provideMerge(BrokerWorld.layer(options.broker))
  )
