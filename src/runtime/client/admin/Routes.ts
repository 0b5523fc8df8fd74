// Who is asked what: the controller for topics, leaders for what is in their logs, coordinators for groups,
// single brokers for what only they know. Requests of the admin have a lane of their own, because some
// wait at the broker until work is done.
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import { Metadata } from "../../../domain/protocol/Metadata.ts"
import { NO_TOPIC_ID, type PartitionId, type TopicName } from "../../../domain/Topic.ts"
import * as ClientError from "../ClientError.ts"
import type { BrokerConnection } from "../cluster/BrokerConnection.ts"
import type { Cluster } from "../cluster/Cluster.ts"
import { Coordinators } from "../cluster/Coordinators.ts"
import type { Outcomes } from "./Outcomes.ts"
import * as Rounds from "./Rounds.ts"

export const ADMIN_LANE = "admin"

/** Coordinators that are looked for at once. */
const FINDS_MAX = 16

type Targets<Item> = Effect.Effect<ReadonlyArray<Rounds.Target<Item>>, ClientError.ClientError>

export interface InPartition {
  readonly topic: TopicName
  readonly partition: PartitionId
}

export class Routes {
  readonly cluster: Cluster["Service"]
  readonly coordinators: Coordinators

  constructor(cluster: Cluster["Service"]) {
    this.cluster = cluster
    this.coordinators = new Coordinators(cluster)
  }

  get config(): Cluster["Service"]["config"] {
    return this.cluster.config
  }

  run<Item, K, A>(
    call: Rounds.Call<Item, K, A>,
    items: ReadonlyArray<Item>,
    options?: Rounds.CallOptions
  ): Effect.Effect<Outcomes<K, A>, ClientError.ClientError> {
    return Rounds.run(this.config, call, items, options)
  }

  /** Any broker at all. */
  readonly toAny = <Item>(items: ReadonlyArray<Item>): Targets<Item> =>
    Effect.succeed([{ items, connection: this.cluster.anyConnection }])

  /** The controller; any broker where none is told of, which then passes it on (KIP-590). */
  readonly toController = <Item>(items: ReadonlyArray<Item>, round: number): Targets<Item> =>
    Effect.map(this.known(round), () => {
      const { brokers, controllerId } = this.cluster.view()
      const connection = brokers.has(controllerId)
        ? this.cluster.connection(controllerId, ADMIN_LANE)
        : this.cluster.anyConnection
      return [{ items, connection }]
    })

  /** Each broker that `brokerOf` names; any where it names none. */
  readonly toBrokers = <Item>(
    items: ReadonlyArray<Item>,
    round: number,
    brokerOf: (item: Item) => number | undefined
  ): Targets<Item> =>
    Effect.map(this.known(round), () =>
      [...groupedBy(items, brokerOf)].map(([nodeId, items]) => ({
        items,
        connection: nodeId === undefined
          ? this.cluster.anyConnection
          : this.brokerConnection(nodeId)
      })))

  /** The leader of each item's partition, as it is now: nothing is remembered of these topics. */
  readonly toLeaders = <Item extends InPartition>(
    items: ReadonlyArray<Item>,
    round: number
  ): Targets<Item> =>
    Effect.gen({ self: this }, function*() {
      yield* this.known(round)
      const leaders = yield* this.leaders([...new Set(items.map(({ topic }) => topic))])
      const targets = groupedBy(items, (item) => leaders(item))
      return [...targets].map(([leader, items]) => ({
        items,
        connection: typeof leader === "number"
          ? this.cluster.connection(leader, ADMIN_LANE)
          : Effect.fail(leader)
      }))
    })

  /** The coordinator of each item's group; groups of one coordinator are asked for together. */
  readonly toCoordinators = <Item>(
    items: ReadonlyArray<Item>,
    round: number,
    groupOf: (item: Item) => string
  ): Targets<Item> =>
    Effect.gen({ self: this }, function*() {
      yield* this.known(0)
      const found = new Map<string, Effect.Effect<BrokerConnection, ClientError.ClientError>>()
      const connections = new Map<BrokerConnection, Effect.Effect<BrokerConnection>>()
      yield* Effect.forEach(new Set(items.map(groupOf)), (groupId) => {
        if (round > 0) this.coordinators.forget("group", groupId)
        return this.coordinators.connection("group", groupId, ADMIN_LANE).pipe(
          Effect.match({
            onFailure: (error) => found.set(groupId, Effect.fail(error)),
            onSuccess: (connection) => {
              const same = connections.get(connection) ?? Effect.succeed(connection)
              connections.set(connection, same)
              found.set(groupId, same)
            }
          })
        )
      }, { concurrency: FINDS_MAX })
      return [...groupedBy(items, (item) => found.get(groupOf(item))!)].map(
        ([connection, items]) => ({ items, connection })
      )
    })

  /** Ids of all brokers, as they are now. */
  readonly brokerIds: Effect.Effect<ReadonlyArray<number>, ClientError.ClientError> = Effect
    .suspend(() =>
      Effect.map(
        this.known(1),
        () => [...this.cluster.view().brokers.keys()].sort((a, b) => a - b)
      )
    )

  /** Before the first round the view may be empty; before later ones it has turned out wrong. */
  private known(round: number): Effect.Effect<void, ClientError.ClientError> {
    if (round === 0 && this.cluster.view().brokers.size > 0) return Effect.void
    // Whoever cannot be reached fails at once here: rounds keep their own time.
    return Effect.andThen(this.cluster.anyConnection, this.cluster.refresh)
  }

  private brokerConnection(
    nodeId: number
  ): Effect.Effect<BrokerConnection, ClientError.ClientError> {
    return this.cluster.view().brokers.has(nodeId)
      ? this.cluster.connection(nodeId, ADMIN_LANE)
      : Effect.fail(ClientError.invalid(`the cluster has no broker ${nodeId}`))
  }

  private readonly leaders = Effect.fnUntraced(
    function*(this: Routes, topics: ReadonlyArray<TopicName>) {
      const connection = yield* this.cluster.anyConnection
      const answer = yield* connection.request(Metadata, {
        topics: topics.map((name) => ({ topicId: NO_TOPIC_ID, name })),
        allowAutoTopicCreation: false,
        includeClusterAuthorizedOperations: false,
        includeTopicAuthorizedOperations: false
      })
      const told = new Map(answer.topics.map((topic) => [topic.name, topic]))
      return ({ partition, topic }: InPartition): number | ClientError.ClientError => {
        const known = told.get(topic)
        const errorCode = known?.errorCode ?? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
        if (known === undefined || errorCode !== ErrorCode.NONE) {
          return ClientError.refused(`Metadata of ${topic}`, errorCode)
        }
        const led = known.partitions.find(({ partitionIndex }) => partitionIndex === partition)
        if (led === undefined) {
          const detail = `${topic} has ${known.partitions.length} partitions, and no ${partition}`
          return ClientError.refused("Metadata", ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, detail)
        }
        return led.leaderId < 0
          ? ClientError.refused(`Metadata of ${topic}`, ErrorCode.LEADER_NOT_AVAILABLE)
          : led.leaderId
      }
    }
  )
}

/** Errors made anew for each item are groups of their own. */
const groupedBy = <Item, Key>(
  items: ReadonlyArray<Item>,
  keyOf: (item: Item) => Key
): ReadonlyMap<Key, ReadonlyArray<Item>> => {
  const groups = new Map<Key, Array<Item>>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}

/** Items as requests have them: a list of topics with their partitions. */
export const byTopic = <Item extends InPartition, A>(
  items: ReadonlyArray<Item>,
  partitionOf: (item: Item) => A
): ReadonlyArray<{ readonly name: TopicName; readonly partitions: ReadonlyArray<A> }> =>
  [...groupedBy(items, ({ topic }) => topic)].map(([name, items]) => ({
    name,
    partitions: items.map(partitionOf)
  }))
