// The cluster as its clients see it: brokers, topics and their leaders, kept up to date, and a connection
// to whoever is asked. Producers, consumers and admins of one layer share it.
//
// Invariants: a view is replaced whole; topics that were asked for once are asked for again with each
// refresh; one refresh is under way at a time.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Semaphore from "effect/Semaphore"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import { Metadata } from "../../../domain/protocol/Metadata.ts"
import { NO_TOPIC_ID, type TopicName } from "../../../domain/Topic.ts"
import type * as Api from "../../../domain/wire/Api.ts"
import { ClientConfig } from "../../../layers/config/ClientConfig.ts"
import { Transport } from "../../../layers/transport/Transport.ts"
import * as ClientError from "../ClientError.ts"
import type { BrokerConnection, RequestOptions } from "./BrokerConnection.ts"
import * as ClusterView from "./ClusterView.ts"
import { ConnectionPool } from "./ConnectionPool.ts"
import * as Retry from "./Retry.ts"

/** The lane of what is answered at once. */
export const MAIN_LANE = "main"

export interface TopicOptions {
  /** Lets the broker make the topic, where it is set up so (auto.create.topics.enable). */
  readonly autoCreate?: boolean | undefined
  /** How long a topic that is not there is waited for. Default: the client's api timeout. */
  readonly timeoutMs?: number | undefined
}

export class Cluster extends Context.Service<Cluster, {
  readonly config: ClientConfig["Service"]
  /** What is known now. */
  readonly view: () => ClusterView.ClusterView
  /** The topic, as it is known; asks for it where it is not, until it is there or time is over. */
  readonly topic: (
    topic: TopicName,
    options?: TopicOptions
  ) => Effect.Effect<ClusterView.TopicMetadata, ClientError.ClientError>
  /** Those of the topics that there are, asked for now; all named are in use from now on. */
  readonly existing: (
    topics: ReadonlyArray<TopicName>
  ) => Effect.Effect<
    ReadonlyMap<TopicName, ClusterView.TopicMetadata>,
    ClientError.ClientError
  >
  /** All topics of the cluster, asked for now. */
  readonly topics: Effect.Effect<
    ReadonlyArray<ClusterView.TopicMetadata>,
    ClientError.ClientError
  >
  /** Asks for brokers and for the topics in use. */
  readonly refresh: Effect.Effect<void, ClientError.ClientError>
  /** Has that done in the background, soon: what is known has turned out wrong. */
  readonly refreshSoon: () => void
  /** Calls back after each refresh. Returns the undo. */
  readonly onRefresh: (callback: () => void) => () => void
  /** The open connection to a broker, if there is one. */
  readonly opened: (nodeId: number, lane: string) => BrokerConnection | undefined
  readonly connection: (
    nodeId: number,
    lane: string
  ) => Effect.Effect<BrokerConnection, ClientError.ClientError>
  /** To any broker that can be reached. */
  readonly anyConnection: Effect.Effect<BrokerConnection, ClientError.ClientError>
  /** Asks any broker, and again after retriable errors of the connection. */
  readonly ask: <A extends Api.Api>(
    api: A,
    body: Api.Request<A>,
    options?: RequestOptions
  ) => Effect.Effect<Api.Response<A>, ClientError.ClientError>
}>()("mymq/runtime/client/Cluster") {
  static readonly layer: Layer.Layer<Cluster, never, ClientConfig | Transport> = Layer.effect(
    Cluster,
    Effect.suspend(() => make)
  )
}

const make = Effect.gen(function*() {
  const config = yield* ClientConfig
  const scope = yield* Effect.scope
  const pool = new ConnectionPool(yield* Transport, config, scope)
  const oneRefresh = yield* Semaphore.make(1)
  const wanted = yield* Queue.sliding<void>(1)
  const inUse = new Set<TopicName>()
  const onRefresh = new Set<() => void>()
  let view = ClusterView.EMPTY

  const connection = Effect.fnUntraced(function*(nodeId: number, lane: string) {
    const broker = view.brokers.get(nodeId)
    if (broker !== undefined) return yield* pool.get(broker, lane)
    refreshSoon()
    return yield* ClientError.lost(`broker ${nodeId}`, "its address is not known")
  })

  const anyConnection = Effect.suspend(() => {
    const known = [...view.brokers.values()]
    const open = known.find((broker) =>
      pool.opened(broker, MAIN_LANE) !== undefined && !pool.isSilent(broker)
    )
    if (open !== undefined) return pool.get(open, MAIN_LANE)
    // Brokers that have moved altogether are found again through those that were given.
    const places = pool.likeliestFirst([...known, ...config.bootstrapServers], MAIN_LANE)
    return Effect.firstSuccessOf(places.map((place) => pool.get(place, MAIN_LANE)))
  })

  const askOnce = <A extends Api.Api>(api: A, body: Api.Request<A>, options?: RequestOptions) =>
    Effect.flatMap(anyConnection, (connection) => connection.request(api, body, options))

  const ask = <A extends Api.Api>(api: A, body: Api.Request<A>, options?: RequestOptions) =>
    askOnce(api, body, options).pipe(
      Retry.retried(config, { what: api.name, timeoutMs: config.apiTimeoutMs })
    )

  /** One answer of Metadata, which becomes part of the view. */
  const tell = Effect.fnUntraced(function*(
    topics: ReadonlyArray<TopicName> | null,
    autoCreate: boolean
  ) {
    const answer = yield* askOnce(Metadata, {
      topics: topics?.map((name) => ({ topicId: NO_TOPIC_ID, name })) ?? null,
      allowAutoTopicCreation: autoCreate,
      includeClusterAuthorizedOperations: false,
      includeTopicAuthorizedOperations: false
    })
    if (answer.errorCode !== ErrorCode.NONE) {
      return yield* ClientError.refused("Metadata", answer.errorCode)
    }
    view = ClusterView.update(view, answer)
    return answer
  })

  const refreshOnce = oneRefresh.withPermit(
    Effect.suspend(() => tell([...inUse], false))
  ).pipe(
    Effect.andThen(Effect.sync(() => {
      for (const callback of onRefresh) callback()
    }))
  )

  const refresh = refreshOnce.pipe(
    Retry.retried(config, { what: "Metadata", timeoutMs: config.apiTimeoutMs })
  )

  const refreshSoon = () => {
    Queue.offerUnsafe(wanted, undefined)
  }

  const askTopic = Effect.fnUntraced(function*(topic: TopicName, autoCreate: boolean) {
    const answer = yield* tell([topic], autoCreate)
    const told = answer.topics.find(({ name }) => name === topic)
    const errorCode = told?.errorCode ?? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    if (told === undefined || errorCode !== ErrorCode.NONE) {
      return yield* ClientError.refused(`Metadata of ${topic}`, errorCode)
    }
    inUse.add(topic)
    return ClusterView.topicOf(told)
  })

  const topic = (name: TopicName, options: TopicOptions = {}) =>
    Effect.suspend(() => {
      const known = view.topics.get(name)
      if (known !== undefined && inUse.has(name)) return Effect.succeed(known)
      return askTopic(name, options.autoCreate ?? false).pipe(
        Retry.retried(config, {
          what: `Metadata of ${name}`,
          timeoutMs: options.timeoutMs ?? config.apiTimeoutMs
        })
      )
    })

  const existing = (names: ReadonlyArray<TopicName>) =>
    Effect.map(
      Retry.retried(config, { what: "Metadata", timeoutMs: config.apiTimeoutMs })(
        tell(names, false)
      ),
      (answer) => {
        for (const name of names) inUse.add(name)
        const there = answer.topics.filter(({ errorCode }) => errorCode === ErrorCode.NONE)
        return new Map(
          there.map((told) => [told.name ?? "", ClusterView.topicOf(told)] as const)
        )
      }
    )

  const topics = Effect.map(
    Retry.retried(config, { what: "Metadata", timeoutMs: config.apiTimeoutMs })(tell(null, false)),
    (answer) =>
      answer.topics.filter(({ errorCode }) => errorCode === ErrorCode.NONE)
        .map(ClusterView.topicOf)
  )

  /** Refreshes when it was asked for or what is known is old, at most once in a while. */
  const keepFresh = Effect.raceFirst(
    Queue.take(wanted),
    Effect.sleep(config.metadataAgeMsMax)
  ).pipe(
    Effect.andThen(refresh),
    Effect.catch((error) => Effect.logWarning(`the cluster cannot be asked: ${error.message}`)),
    Effect.andThen(Effect.sleep(config.retryBackoffMs)),
    Effect.forever
  )
  yield* Effect.forkScoped(keepFresh)

  return Cluster.of({
    config,
    view: () => view,
    topic,
    existing,
    topics,
    refresh,
    refreshSoon,
    onRefresh: (callback) => {
      const once = () => callback()
      onRefresh.add(once)
      return () => {
        onRefresh.delete(once)
      }
    },
    opened: (nodeId, lane) => {
      const broker = view.brokers.get(nodeId)
      return broker === undefined ? undefined : pool.opened(broker, lane)
    },
    connection,
    anyConnection,
    ask
  })
})
