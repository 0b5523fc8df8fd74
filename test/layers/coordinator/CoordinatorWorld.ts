// The coordinator of a broker over a simulated disk, started, stopped and killed within one test.
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { Compression } from "../../../src/layers/compression/Compression.ts"
import { BrokerConfig } from "../../../src/layers/config/BrokerConfig.ts"
import { GroupCoordinator } from "../../../src/layers/coordinator/GroupCoordinator.ts"
import { MemoryDisk } from "../../../src/layers/disk/MemoryDisk.ts"
import { ShardPool } from "../../../src/layers/shards/ShardPool.ts"
import { ClusterMetadata } from "../../../src/layers/storage/ClusterMetadata.ts"
import * as LogManager from "../../../src/layers/storage/LogManager.ts"
import { PartitionLogs } from "../../../src/layers/storage/PartitionLogs.ts"
import * as TopicCatalog from "../../../src/layers/storage/TopicCatalog.ts"

type Services = GroupCoordinator | PartitionLogs | ClusterMetadata

/** One life of a coordinator and the storage under it. */
export class Life {
  readonly coordinator: GroupCoordinator["Service"]
  readonly logs: PartitionLogs["Service"]
  readonly metadata: ClusterMetadata["Service"]
  private readonly scope: Scope.Closeable

  constructor(context: Context.Context<Services>, scope: Scope.Closeable) {
    this.coordinator = Context.get(context, GroupCoordinator)
    this.logs = Context.get(context, PartitionLogs)
    this.metadata = Context.get(context, ClusterMetadata)
    this.scope = scope
  }

  /** A clean stop; after a kill, the end of the dead process's fibers. */
  get stop(): Effect.Effect<void> {
    return Scope.close(this.scope, Exit.void)
  }

  topic(name: string, partitions = 1) {
    return Effect.orDie(this.metadata.create({ name, partitions, configs: {} }))
  }

  /** A dynamic member that joins as an old client does, in one step. */
  join(groupId: string, options: Partial<JoinOptions> = {}) {
    return this.coordinator.join(groupId, {
      memberId: "",
      newMemberId: `${options.clientId ?? "client"}-${++Life.ids}`,
      groupInstanceId: null,
      clientId: "client",
      clientHost: "/127.0.0.1",
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 30_000,
      protocolType: "consumer",
      protocols: [{ name: "range", metadata: subscription(["orders"]) }],
      requiresKnownMemberId: false,
      supportsSkippingAssignment: true,
      ...options
    })
  }

  /** Alone in its group, with everything assigned to it. */
  readonly lead = Effect.fnUntraced(function*(this: Life, groupId: string, assignment = "all") {
    const joined = yield* Deferred.await(this.join(groupId))
    const { generationId, memberId } = joined
    yield* Deferred.await(this.coordinator.sync(groupId, {
      memberId,
      groupInstanceId: null,
      generationId,
      protocolType: null,
      protocolName: null,
      assignments: [{ memberId, assignment: Buffer.from(assignment) }]
    }))
    return { memberId, groupInstanceId: null, generationId }
  })

  commit(
    groupId: string,
    who: Parameters<GroupCoordinator["Service"]["commit"]>[1],
    offset: number,
    options: {
      readonly topic?: string
      readonly partition?: number
      readonly metadata?: string
      readonly retentionMs?: number
    } = {}
  ) {
    return Effect.map(
      Effect.suspend(() =>
        Deferred.await(this.coordinator.commit(groupId, who, [{
          topic: options.topic ?? "orders",
          partition: options.partition ?? 0,
          offset,
          leaderEpoch: 0,
          metadata: options.metadata ?? "",
          retentionMs: options.retentionMs ?? -1
        }]))
      ),
      (errorCodes) => errorCodes[0]!
    )
  }

  committed(groupId: string, topic = "orders", partition = 0): number | undefined {
    return this.coordinator.group(groupId)?.offsets.get(topic, partition)?.offset
  }

  private static ids = 0
}

type JoinOptions = Parameters<GroupCoordinator["Service"]["join"]>[1]

/** Who is in no group: an administrator, or a consumer that assigns its partitions itself. */
export const NOBODY = { memberId: "", groupInstanceId: null, generationId: -1 }

/** ConsumerProtocolSubscription version 0. */
export const subscription = (topics: ReadonlyArray<string>): Buffer => {
  const head = Buffer.alloc(6)
  head.writeInt32BE(topics.length, 2)
  const names = topics.map((topic) => {
    const size = Buffer.alloc(2)
    size.writeInt16BE(topic.length)
    return Buffer.concat([size, Buffer.from(topic)])
  })
  return Buffer.concat([head, ...names, Buffer.from([0xff, 0xff, 0xff, 0xff])])
}

/** A disk and what the brokers on it have logged. */
export class World {
  readonly disk = new MemoryDisk()
  readonly lines: Array<string> = []
  private readonly configs: Readonly<Record<string, string>>

  constructor(configs: Readonly<Record<string, string>> = {}) {
    this.configs = configs
  }

  /** The machine dies and comes back: only what was synced is there. */
  restartAfterCrash(life: Life): Effect.Effect<Life, unknown> {
    return Effect.sync(() => this.disk.crash()).pipe(
      Effect.andThen(life.stop),
      Effect.andThen(this.start)
    )
  }

  /** A clean stop and a start. */
  restart(life: Life): Effect.Effect<Life, unknown> {
    return Effect.andThen(life.stop, this.start)
  }

  get start(): Effect.Effect<Life, unknown> {
    const logging = Logger.layer([
      Logger.make(({ message }) => {
        this.lines.push([message].flat().join(" "))
      })
    ])
    const layer = GroupCoordinator.layer.pipe(
      Layer.provideMerge(LogManager.layer),
      Layer.provideMerge(TopicCatalog.layer),
      Layer.provide(ShardPool.layer),
      Layer.provide(Compression.layer),
      Layer.provide(BrokerConfig.layerTest({
        "log.dirs": "/data",
        "group.initial.rebalance.delay.ms": "0",
        ...this.configs
      })),
      Layer.provide(this.disk.layer),
      Layer.provide(logging)
    )
    return Effect.gen(function*() {
      const scope = yield* Scope.make()
      const life = new Life(yield* Layer.buildWithScope(layer, scope), scope)
      yield* settle
      return life
    })
  }
}

/** Lets all fibers run that need no time. */
export const settle = Effect.gen(function*() {
  for (let i = 0; i < 20; i++) yield* TestClock.adjust(0)
})
