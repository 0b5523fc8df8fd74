// The client, composed in one visible place: a cluster on this machine's network, which producers, consumers
// and admins of a program stand on and share. `Producer.layer().pipe(Layer.provide(Client.layer(...)))`.
import * as Layer from "effect/Layer"
import * as ClientConfig from "../../layers/config/ClientConfig.ts"
import * as NodeTransport from "../../layers/transport/NodeTransport.ts"
import { Cluster } from "./cluster/Cluster.ts"

export type ClientOptions = ClientConfig.ClientOptions

/**
 * Connects when something is asked. A mistake in the options is a defect (ClientConfigError). What
 * is built on one such layer shares its cluster; two calls are two clusters, in one program too.
 */
export const layer = (options: ClientOptions): Layer.Layer<Cluster> =>
  // Fresh: layers are built once by their identity, and this one is the same for all options.
  Layer.fresh(Cluster.layer).pipe(
    Layer.provide([NodeTransport.layer, ClientConfig.layer(options)])
  )
