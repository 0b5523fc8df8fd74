// The broker, composed in one visible place. What it stands on is left open in `layerNoDeps`; `layer`
// puts it on the real disk and network, `layerMemory` on simulated ones, so that a whole broker fits
// into a test.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Compression } from "../../layers/compression/Compression.ts"
import { BrokerConfig } from "../../layers/config/BrokerConfig.ts"
import { GroupCoordinator } from "../../layers/coordinator/GroupCoordinator.ts"
import { ProducerIds } from "../../layers/coordinator/ProducerIds.ts"
import type { Disk, DiskError } from "../../layers/disk/Disk.ts"
import * as MemoryDisk from "../../layers/disk/MemoryDisk.ts"
import * as NodeDisk from "../../layers/disk/NodeDisk.ts"
import { ShardPool } from "../../layers/shards/ShardPool.ts"
import { ClusterMetadata } from "../../layers/storage/ClusterMetadata.ts"
import type * as DirectoryLock from "../../layers/storage/DirectoryLock.ts"
import * as LogManager from "../../layers/storage/LogManager.ts"
import type * as MetaProperties from "../../layers/storage/MetaProperties.ts"
import * as TopicCatalog from "../../layers/storage/TopicCatalog.ts"
import * as MemoryTransport from "../../layers/transport/MemoryTransport.ts"
import * as NodeTransport from "../../layers/transport/NodeTransport.ts"
import * as Sendfile from "../../layers/transport/Sendfile.ts"
import type { Transport } from "../../layers/transport/Transport.ts"
import { handlers } from "./Handlers.ts"
import * as Listeners from "./Listeners.ts"
import { RequestMemory } from "./RequestMemory.ts"
import { Router } from "./Router.ts"
import { Stopping } from "./Stopping.ts"

export class Broker extends Context.Service<Broker, {
  readonly clusterId: string
  readonly nodeId: number
  readonly logDir: string
  /** Where it really listens: with the ports that were taken. */
  readonly listeners: ReadonlyArray<
    Pick<Listeners.OpenListener, "name" | "protocol" | "host" | "port">
  >
  /** Reads the certificates again, for connections to come (SIGHUP). */
  readonly reloadCertificates: Effect.Effect<void, Listeners.ListenerError>
}>()("mymq/runtime/broker/Broker") {}

/** Why a broker does not start; each says in its message what can be done. */
export type StartError =
  | DiskError
  | DirectoryLock.LogDirectoryError
  | TopicCatalog.CatalogError
  | MetaProperties.MetaPropertiesError
  | Listeners.ListenerError

/** Opens the listeners; when the scope closes, stops in good order: no answer in flight is lost. */
const serve = Effect.gen(function*() {
  const config = yield* BrokerConfig
  const metadata = yield* ClusterMetadata
  const stopping = yield* Stopping
  const listeners = yield* Listeners.open
  yield* Effect.addFinalizer(() =>
    Effect.forEach(listeners, (listener) => listener.stopAccepting, { discard: true }).pipe(
      Effect.andThen(Effect.sync(stopping.begin))
    )
  )
  return Broker.of({
    clusterId: metadata.clusterId,
    nodeId: metadata.nodeId,
    logDir: config.logDir,
    listeners,
    reloadCertificates: Effect.forEach(listeners, (listener) => listener.reload, { discard: true })
  })
})

const storage = LogManager.layer.pipe(
  Layer.provideMerge(TopicCatalog.layer),
  Layer.provide(ShardPool.layer),
  Layer.provideMerge(Compression.layer)
)
const sessions = Layer.mergeAll(RequestMemory.layer, Stopping.layer)

/** Everything but what it stands on. */
export const layerNoDeps: Layer.Layer<Broker, StartError, Disk | Transport | BrokerConfig> = Layer
  .effect(Broker, serve).pipe(
    Layer.provide(Router.layer(handlers)),
    Layer.provide(sessions),
    Layer.provide([GroupCoordinator.layer, ProducerIds.layer]),
    Layer.provide(storage)
  )

const network = NodeTransport.layer.pipe(Layer.provide(Sendfile.layer))

/** On this machine's disk and network. */
export const layer: Layer.Layer<Broker, StartError, BrokerConfig> = layerNoDeps.pipe(
  Layer.provide([NodeDisk.layer, network])
)

/** On this machine's network, its data in memory: for tests that dial it like any other broker. */
export const layerMemoryDisk: Layer.Layer<Broker, StartError, BrokerConfig> = layerNoDeps.pipe(
  Layer.provide([MemoryDisk.layer, network])
)

/** Wholly in memory, without ports: clients connect through the MemoryTransport that it gives too. */
export const layerMemory: Layer.Layer<
  Broker | Transport | MemoryTransport.MemoryNetwork,
  StartError,
  BrokerConfig
> = layerNoDeps.pipe(
  Layer.provideMerge(MemoryTransport.layer),
  Layer.provide(MemoryDisk.layer)
)
