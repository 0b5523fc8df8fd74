// A cluster that answers what the test wants: listeners in memory that read requests of any API and hand them
// to handlers, in the order in which they came on their connection. ApiVersions and Metadata are answered
// from what the test has declared, unless it says otherwise; what has no handler is never answered.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import { ErrorCode } from "../../src/domain/ErrorCode.ts"
import { ApiVersions } from "../../src/domain/protocol/ApiVersions.ts"
import { Metadata } from "../../src/domain/protocol/Metadata.ts"
import * as Protocol from "../../src/domain/protocol/Protocol.ts"
import { RequestHeader } from "../../src/domain/protocol/RequestHeader.ts"
import { ResponseHeader } from "../../src/domain/protocol/ResponseHeader.ts"
import { NO_TOPIC_ID, type TopicId } from "../../src/domain/Topic.ts"
import * as Api from "../../src/domain/wire/Api.ts"
import * as Codec from "../../src/domain/wire/Codec.ts"
import { Reader } from "../../src/domain/wire/Reader.ts"
import { Writer } from "../../src/domain/wire/Writer.ts"
import * as ClientConfig from "../../src/layers/config/ClientConfig.ts"
import * as MemoryTransport from "../../src/layers/transport/MemoryTransport.ts"
import { type Connection, Transport } from "../../src/layers/transport/Transport.ts"
import { Cluster } from "../../src/runtime/client/cluster/Cluster.ts"

export interface Asked<A extends Api.Api> {
  readonly api: A
  readonly request: Api.Request<A>
  readonly version: number
  /** The broker that was asked. */
  readonly nodeId: number
  /** How many requests of this API came before, on any broker. */
  readonly count: number
}

/** So many bytes of the answer's frame, size included, and then the end of the connection. */
export class CutAfter<A extends Api.Api> {
  readonly bytes: number
  readonly response: Api.Response<A>

  constructor(bytes: number, response: Api.Response<A>) {
    this.bytes = bytes
    this.response = response
  }
}

/** `silence` never answers; `cut` ends the connection instead. */
export type Reply<A extends Api.Api> = Api.Response<A> | CutAfter<A> | "silence" | "cut"

export type Handler<A extends Api.Api> = (asked: Asked<A>) => Reply<A> | Effect.Effect<Reply<A>>

/** The leader of each partition of a topic, -1 for none. */
export type Topics = Readonly<Record<string, ReadonlyArray<number>>>

export class ScriptedBroker extends Context.Service<ScriptedBroker, {
  readonly ports: ReadonlyArray<number>
  /** What to answer from now on. */
  readonly on: <A extends Api.Api>(api: A, handler: Handler<A>) => void
  /** What Metadata tells from now on. */
  readonly setTopics: (topics: Topics) => void
  /** The newest version of an API that is served from now on; -1: none. */
  readonly setVersionMax: (api: Api.Api, version: number) => void
  /** Everything that was asked so far. */
  readonly asked: <A extends Api.Api>(api: A) => ReadonlyArray<Asked<A>>
  /** Ends when so many requests of the API have come. */
  readonly whenAsked: (api: Api.Api, count: number) => Effect.Effect<void>
}>()("mymq/test/world/ScriptedBroker") {}

export interface Options {
  /** Brokers of the cluster, numbered from 1. */
  readonly brokers?: number
  readonly topics?: Topics
  /** None where they are not told. */
  readonly topicIds?: Readonly<Record<string, TopicId>>
  /** 1, where nothing else is said. */
  readonly controllerId?: number
}

const FRAME_BYTES_MAX = 1 << 27

export const layerBroker = (options: Options = {}) =>
  Layer.effect(
    ScriptedBroker,
    Effect.gen(function*() {
      const transport = yield* Transport
      const script = new Script(options)
      for (let nodeId = 1; nodeId <= (options.brokers ?? 1); nodeId++) {
        const listener = yield* transport.listen({
          host: "127.0.0.1",
          port: 0,
          frameBytesMax: FRAME_BYTES_MAX,
          receiveBytesMax: FRAME_BYTES_MAX,
          idleMs: 0,
          handshakeMs: 1000,
          connectionsMax: 1000
        }, (connection) => serve(script, nodeId, connection))
        script.ports.push(listener.address.port)
      }
      return ScriptedBroker.of({
        ports: script.ports,
        on: (api, handler) => {
          script.handlers.set(api.key, handler as never)
        },
        setTopics: (topics) => {
          script.topics = topics
        },
        setVersionMax: (api, version) => {
          script.versionsMax.set(api.key, version)
        },
        asked: (api) => script.asked.filter((one) => one.api.key === api.key) as never,
        whenAsked: (api, count) => script.whenAsked(api, count)
      })
    })
  )

/** The brokers and a client of them. */
export const layer = (
  options: Options = {},
  client: Partial<Omit<ClientConfig.ClientOptions, "bootstrapServers">> = {}
) =>
  Cluster.layer.pipe(
    Layer.provideMerge(Layer.effect(
      ClientConfig.ClientConfig,
      Effect.map(ScriptedBroker, ({ ports }) =>
        ClientConfig.make({
          ...client,
          bootstrapServers: ports.map((port) => `127.0.0.1:${port}`)
        }))
    )),
    Layer.provideMerge(layerBroker(options)),
    Layer.provideMerge(MemoryTransport.layer)
  )

class Script {
  topics: Topics
  private readonly topicIds: Readonly<Record<string, TopicId>>
  private readonly controllerId: number
  readonly ports: Array<number> = []
  readonly handlers = new Map<number, Handler<Api.Api>>()
  readonly versionsMax = new Map<number, number>()
  readonly asked: Array<Asked<Api.Api>> = []
  private waiting: Array<{ readonly isDone: () => boolean; readonly resume: () => void }> = []

  constructor({ controllerId = 1, topicIds = {}, topics = {} }: Options) {
    this.topics = topics
    this.topicIds = topicIds
    this.controllerId = controllerId
    this.handlers.set(ApiVersions.key, () => this.apiVersions())
    this.handlers.set(Metadata.key, (asked) => this.metadata(asked))
  }

  count(api: Api.Api): number {
    return this.asked.filter((one) => one.api.key === api.key).length
  }

  note(asked: Asked<Api.Api>): void {
    this.asked.push(asked)
    const done = this.waiting.filter(({ isDone }) => isDone())
    this.waiting = this.waiting.filter((one) => !done.includes(one))
    for (const { resume } of done) resume()
  }

  whenAsked(api: Api.Api, count: number): Effect.Effect<void> {
    return Effect.callback<void>((resume) => {
      const isDone = () => this.count(api) >= count
      if (isDone()) resume(Effect.void)
      else this.waiting.push({ isDone, resume: () => resume(Effect.void) })
    })
  }

  private apiVersions(): Api.Response<typeof ApiVersions> {
    const ranges = Protocol.apis.map(({ key, versions }) => ({
      apiKey: key,
      minVersion: versions.min,
      maxVersion: this.versionsMax.get(key) ?? versions.max
    }))
    return {
      errorCode: ErrorCode.NONE,
      apiKeys: ranges.filter(({ maxVersion }) => maxVersion >= 0),
      throttleTimeMs: 0,
      supportedFeatures: [],
      finalizedFeaturesEpoch: -1,
      finalizedFeatures: [],
      zkMigrationReady: false
    }
  }

  private metadata(asked: Asked<Api.Api>): Api.Response<typeof Metadata> {
    const request = asked.request as Api.Request<typeof Metadata>
    const names = request.topics?.map(({ name }) => name ?? "") ?? Object.keys(this.topics)
    return {
      throttleTimeMs: 0,
      brokers: this.ports.map((port, i) => ({
        nodeId: i + 1,
        host: "127.0.0.1",
        port,
        rack: null
      })),
      clusterId: "scripted",
      controllerId: this.controllerId,
      topics: names.map((name) => ({
        errorCode: name in this.topics ? ErrorCode.NONE : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
        name,
        topicId: this.topicIds[name] ?? NO_TOPIC_ID,
        isInternal: false,
        partitions: (this.topics[name] ?? []).map((leaderId, partitionIndex) => ({
          errorCode: leaderId < 0 ? ErrorCode.LEADER_NOT_AVAILABLE : ErrorCode.NONE,
          partitionIndex,
          leaderId,
          leaderEpoch: 0,
          replicaNodes: [1],
          isrNodes: [1],
          offlineReplicas: []
        })),
        topicAuthorizedOperations: -0x8000_0000
      })),
      clusterAuthorizedOperations: -0x8000_0000,
      errorCode: ErrorCode.NONE
    }
  }
}

interface Pending {
  readonly api: Api.Api
  readonly version: number
  readonly correlationId: number
  readonly reply: Fiber.Fiber<Reply<Api.Api>>
}

const serve = Effect.fnUntraced(function*(script: Script, nodeId: number, connection: Connection) {
  const pending = yield* Queue.unbounded<Pending>()
  const answer = Effect.gen(function*() {
    while (true) {
      const next = yield* Queue.take(pending)
      const reply = yield* Fiber.join(next.reply)
      if (reply === "cut") return yield* connection.close
      if (reply === "silence") continue
      if (reply instanceof CutAfter) {
        const frame = Buffer.concat(encode(next, reply.response))
        yield* connection.write([frame.subarray(0, reply.bytes)])
        return yield* connection.close
      }
      yield* connection.write(encode(next, reply))
    }
  })
  const read = Effect.gen(function*() {
    while (true) {
      for (const frame of yield* connection.take) {
        const { asked, correlationId } = decode(script, nodeId, frame)
        script.note(asked)
        const handled = Effect.suspend(() => {
          const reply = script.handlers.get(asked.api.key)?.(asked) ?? "silence"
          return Effect.isEffect(reply) ? reply : Effect.succeed(reply)
        })
        const fiber = yield* Effect.forkChild(handled, { startImmediately: true })
        const { api, version } = asked
        yield* Queue.offer(pending, { api, version, correlationId, reply: fiber })
      }
    }
  })
  yield* Effect.ignore(Effect.raceFirst(read, answer))
})

const decode = (script: Script, nodeId: number, frame: Buffer) => {
  const api = Protocol.find(frame.readInt16BE(0))!
  const version = frame.readInt16BE(2)
  const headerVersion = Api.requestHeaderVersion(api, version)
  const reader = new Reader(frame)
  const header = Codec.of(RequestHeader, headerVersion, headerVersion === 2).decode(reader)
  const request = Api.requestCodec(api, version).decode(reader)
  const asked: Asked<Api.Api> = { api, request, version, nodeId, count: script.count(api) }
  return { asked, correlationId: header.correlationId }
}

const encode = ({ api, correlationId, version }: Pending, reply: Api.Response<Api.Api>) => {
  const writer = new Writer()
  writer.beginFrame()
  const headerVersion = Api.responseHeaderVersion(api, version)
  Codec.of(ResponseHeader, headerVersion, headerVersion === 1).encode(writer, { correlationId })
  Api.responseCodec(api, version).encode(writer, reply)
  return writer.endFrame()
}
