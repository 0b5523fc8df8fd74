// A cluster of brokers that answer what a test says: who leads, who coordinates, who refuses. What each was
// asked is written down. For what one real broker cannot show: routing, and leaders that move.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Metadata } from "../../src/domain/protocol/Metadata.ts"
import * as Protocol from "../../src/domain/protocol/Protocol.ts"
import { requestHeaderCodec } from "../../src/domain/protocol/RequestHeader.ts"
import { NO_TOPIC_ID } from "../../src/domain/Topic.ts"
import * as Api from "../../src/domain/wire/Api.ts"
import { Reader } from "../../src/domain/wire/Reader.ts"
import { Writer } from "../../src/domain/wire/Writer.ts"
import * as ClientConfig from "../../src/layers/config/ClientConfig.ts"
import * as MemoryTransport from "../../src/layers/transport/MemoryTransport.ts"
import { type Connection, Transport } from "../../src/layers/transport/Transport.ts"
import { Cluster } from "../../src/runtime/client/Cluster.ts"

export interface Asked {
  readonly nodeId: number
  readonly api: string
  readonly version: number
  /** As the API's request. */
  readonly request: never
}

/** The answer to a request, or "cut" for a connection that breaks instead. */
export type Answer = (asked: Asked) => unknown

export interface ScriptedOptions {
  /** Broker ids; each listens on port 9000 + id. */
  readonly nodes: ReadonlyArray<number>
  readonly controllerId?: number
  /** By the APIs' names. An API that is not here is not served. */
  readonly answers: Readonly<Record<string, Answer>>
  /** Newest versions served, where not the newest there is. */
  readonly versionsMax?: Readonly<Record<string, number>>
  /** Who leads each partition of a topic, read anew by each Metadata. */
  readonly leaders?: () => Readonly<Record<string, ReadonlyArray<number>>>
  readonly client?: Partial<Omit<ClientConfig.ClientOptions, "bootstrapServers">>
}

export class ScriptedBrokers {
  readonly asked: Array<Asked> = []
  private readonly options: ScriptedOptions

  constructor(options: ScriptedOptions) {
    this.options = options
  }

  /** [broker, API], without what clients ask to get to know a cluster. */
  get told(): ReadonlyArray<readonly [number, string]> {
    return this.asked
      .filter(({ api }) => !["ApiVersions", "Metadata", "FindCoordinator"].includes(api))
      .map(({ api, nodeId }) => [nodeId, api])
  }

  /** The brokers, and a client of them. */
  get layer(): Layer.Layer<Cluster | Transport> {
    const listening = Layer.effectDiscard(Effect.gen({ self: this }, function*() {
      const transport = yield* Transport
      for (const nodeId of this.options.nodes) {
        const listen = transport.listen({
          host: "127.0.0.1",
          port: 9000 + nodeId,
          frameBytesMax: 1 << 20,
          receiveBytesMax: 1 << 20,
          idleMs: 0,
          handshakeMs: 1000,
          connectionsMax: 100
        }, (connection) => this.serve(nodeId, connection))
        yield* Effect.orDie(listen)
      }
    }))
    return this.client.pipe(
      Layer.provideMerge(listening),
      Layer.provideMerge(MemoryTransport.layer)
    )
  }

  /** A client of brokers that nobody has started. */
  get layerUnreachable(): Layer.Layer<Cluster | Transport> {
    return this.client.pipe(Layer.provideMerge(MemoryTransport.layer))
  }

  private get client(): Layer.Layer<Cluster, never, Transport> {
    return Cluster.layer.pipe(Layer.provide(ClientConfig.layer({
      ...this.options.client,
      bootstrapServers: `127.0.0.1:${9000 + this.options.nodes[0]!}`
    })))
  }

  private serve(nodeId: number, connection: Connection): Effect.Effect<void> {
    return Effect.gen({ self: this }, function*() {
      while (true) {
        for (const frame of yield* connection.take) {
          const chunks = this.answer(nodeId, frame)
          if (chunks === "cut") return
          yield* connection.write(chunks)
        }
      }
    }).pipe(Effect.ignore)
  }

  private answer(nodeId: number, frame: Buffer): ReadonlyArray<Uint8Array> | "cut" {
    const reader = new Reader(frame)
    const api = Protocol.find(frame.readInt16BE(0))!
    const version = frame.readInt16BE(2)
    const { correlationId } = requestHeaderCodec(Api.requestHeaderVersion(api, version))
      .decode(reader)
    const request = Api.requestCodec(api, version).decode(reader) as never
    const asked: Asked = { nodeId, api: api.name, version, request }
    this.asked.push(asked)
    const response = this.known(asked) ?? this.options.answers[api.name]!(asked)
    if (response === "cut") return "cut"
    const writer = new Writer()
    writer.beginFrame()
    writer.int32(correlationId)
    if (Api.responseHeaderVersion(api, version) === 1) writer.uvarint(0)
    Api.responseCodec(api, version).encode(writer, response as never)
    return writer.endFrame()
  }

  /** What every cluster tells of itself. */
  private known({ api, request }: Asked): unknown {
    if (api === "ApiVersions") return this.apiVersions()
    if (api === "Metadata") return this.metadata(request)
    return undefined
  }

  private apiVersions() {
    const served = ["ApiVersions", "Metadata", ...Object.keys(this.options.answers)]
    return {
      errorCode: 0,
      apiKeys: Protocol.apis.filter(({ name }) => served.includes(name)).map((api) => ({
        apiKey: api.key,
        minVersion: api.versions.min,
        maxVersion: this.options.versionsMax?.[api.name] ?? api.versions.max
      })),
      throttleTimeMs: 0,
      supportedFeatures: [],
      finalizedFeaturesEpoch: -1,
      finalizedFeatures: [],
      zkMigrationReady: false
    }
  }

  private metadata(
    { topics }: Api.Request<typeof Metadata>
  ): Api.Response<typeof Metadata> {
    const { controllerId, leaders, nodes } = this.options
    const all = leaders?.() ?? {}
    const names = topics?.map(({ name }) => name ?? "") ?? Object.keys(all)
    return {
      throttleTimeMs: 0,
      brokers: nodes.map((nodeId) => ({
        nodeId,
        host: "127.0.0.1",
        port: 9000 + nodeId,
        rack: null
      })),
      clusterId: "scripted",
      controllerId: controllerId ?? nodes[0]!,
      topics: names.map((name) => ({
        errorCode: all[name] === undefined ? 3 : 0,
        name,
        topicId: NO_TOPIC_ID,
        isInternal: false,
        partitions: (all[name] ?? []).map((leaderId, partitionIndex) => ({
          errorCode: leaderId < 0 ? 5 : 0,
          partitionIndex,
          leaderId,
          leaderEpoch: 0,
          replicaNodes: [...nodes],
          isrNodes: [...nodes],
          offlineReplicas: []
        })),
        topicAuthorizedOperations: -0x8000_0000
      })),
      clusterAuthorizedOperations: -0x8000_0000,
      errorCode: 0
    }
  }
}
