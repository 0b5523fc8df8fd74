// Coordinates every group of this broker, which leads all partitions of __consumer_offsets. It runs
// the state machines of domain/group, keeps the committed offsets, and loads both at start, in the
// background: until a group's partition is loaded, it answers COORDINATOR_LOAD_IN_PROGRESS. What is in
// memory is durable: a change is written first.
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { ErrorCode } from "../../domain/ErrorCode.ts"
import type { ConsumerGroupWorld } from "../../domain/group/consumer/ConsumerGroup.ts"
import type { HeartbeatEvent as ConsumerHeartbeat } from "../../domain/group/consumer/ConsumerHeartbeat.ts"
import type { HeartbeatAnswer } from "../../domain/group/consumer/ConsumerTransition.ts"
import type { JoinAnswer, LeaveAnswer, SyncAnswer } from "../../domain/group/GroupAction.ts"
import type {
  CommitEvent,
  HeartbeatEvent,
  JoinEvent,
  LeaveEvent,
  SyncEvent
} from "../../domain/group/GroupEvent.ts"
import type { TopicPartition } from "../../domain/Topic.ts"
import { Compression } from "../compression/Compression.ts"
import { BrokerConfig } from "../config/BrokerConfig.ts"
import { ClusterMetadata } from "../storage/ClusterMetadata.ts"
import { PartitionLogs } from "../storage/PartitionLogs.ts"
import * as ConsumerGroups from "./ConsumerGroups.ts"
import type { GroupEntry } from "./GroupEntry.ts"
import { GroupLoads } from "./GroupLoads.ts"
import { GroupLog, TOPIC } from "./GroupLog.ts"
import * as GroupLogReader from "./GroupLogReader.ts"
import { type Asked, GroupTable } from "./GroupTable.ts"
import * as GroupTimers from "./GroupTimers.ts"
import { OffsetStore, type OffsetToCommit, type RemovedOffsets } from "./OffsetStore.ts"

export class GroupCoordinator extends Context.Service<GroupCoordinator, {
  /** Makes the groups' topic where there is none; gives why it cannot be. */
  readonly available: Effect.Effect<ErrorCode>
  /** NONE, or why nothing is known of the group at the moment. */
  readonly unready: (groupId: string) => ErrorCode
  /** The answer may take as long as a rebalance; the event has its place in line at once. */
  readonly join: (groupId: string, event: Asked<JoinEvent>) => Deferred.Deferred<JoinAnswer>
  readonly sync: (groupId: string, event: Asked<SyncEvent>) => Deferred.Deferred<SyncAnswer>
  readonly heartbeat: (groupId: string, event: Asked<HeartbeatEvent>) => Effect.Effect<ErrorCode>
  readonly leave: (groupId: string, event: Asked<LeaveEvent>) => Effect.Effect<LeaveAnswer>
  /** An error for each offset, in their order, when they are durable. */
  readonly commit: (
    groupId: string,
    event: Asked<CommitEvent>,
    offsets: ReadonlyArray<OffsetToCommit>
  ) => Deferred.Deferred<ReadonlyArray<ErrorCode>>
  /** All there is of the consumer protocol (KIP-848). */
  readonly consumerHeartbeat: (
    groupId: string,
    event: Asked<ConsumerHeartbeat>
  ) => Effect.Effect<HeartbeatAnswer>
  /** What groups of the consumer protocol are told of the broker. */
  readonly consumerWorld: () => ConsumerGroupWorld
  readonly groups: () => Iterable<GroupEntry>
  readonly group: (groupId: string) => GroupEntry | undefined
  /** NONE when it is gone for good, else GROUP_ID_NOT_FOUND, NON_EMPTY_GROUP ... */
  readonly remove: (groupId: string) => Effect.Effect<ErrorCode>
  readonly removeOffsets: (
    groupId: string,
    places: ReadonlyArray<TopicPartition>
  ) => Effect.Effect<RemovedOffsets>
}>()("mymq/layers/coordinator/GroupCoordinator") {
  static readonly layer: Layer.Layer<
    GroupCoordinator,
    never,
    BrokerConfig | ClusterMetadata | PartitionLogs | Compression
  > = Layer.effect(GroupCoordinator, Effect.suspend(() => make))
}

const make = Effect.gen(function*() {
  const { groups: config } = yield* BrokerConfig
  const cluster = yield* ClusterMetadata
  const logs = yield* PartitionLogs
  const compression = yield* Compression
  const clock = yield* Clock.Clock
  const run = yield* FiberSet.makeRuntime()
  const timers = yield* GroupTimers.make
  const nowMs = () => clock.currentTimeMillisUnsafe()
  const log = new GroupLog(cluster, logs, config, { nowMs, run: (effect) => void run(effect) })
  const partitions = cluster.topic(TOPIC)?.partitions ?? 0
  const loads = new GroupLoads(partitions, (groupId) => log.partitionOf(groupId))
  const consumers = yield* ConsumerGroups.make(cluster, config)
  const table = new GroupTable({
    limits: config.limits,
    policy: config.consumerMigrationPolicy,
    consumer: consumers.world,
    nowMs,
    timers,
    write: (groupId, records, done) =>
      log.appendThen(groupId, records, (errorCode) => done(ofGroup(errorCode)))
  }, (groupId) => loads.unready(groupId))
  const store = new OffsetStore(table, loads, log, config, nowMs)
  const source = { logs, compression, bytesMax: config.offsetsLoadBufferSize }
  yield* Effect.forkScoped(load(source, partitions, table, loads, log, consumers.ready))
  yield* Effect.forkScoped(
    Effect.schedule(store.expire(), Schedule.spaced(config.offsetsRetentionCheckIntervalMs))
  )
  const undo = cluster.onChange((change) => {
    if (change._tag === "Deleted") run(store.forgetTopic(change.topic.name))
    return Effect.void
  })
  yield* Effect.addFinalizer(() => Effect.sync(undo))

  return GroupCoordinator.of({
    available: log.ensure,
    unready: (groupId) => loads.unready(groupId),
    join: (groupId, event) => table.join(groupId, event),
    sync: (groupId, event) => table.sync(groupId, event),
    heartbeat: (groupId, event) => Effect.suspend(() => awaited(table.heartbeat(groupId, event))),
    leave: (groupId, event) => Effect.suspend(() => awaited(table.leave(groupId, event))),
    commit: (groupId, event, offsets) => store.commit(groupId, event, offsets),
    consumerHeartbeat: (groupId, event) =>
      Effect.flatMap(
        consumers.ready,
        () => awaited(table.consumerHeartbeat(groupId, event))
      ),
    consumerWorld: consumers.world,
    groups: () => table.all(),
    group: (groupId) => table.get(groupId),
    remove: (groupId) => store.removeGroup(groupId),
    removeOffsets: (groupId, places) => store.removeOffsets(groupId, places)
  })
})

/** That a group is too large to store has no code of its own; the one there is speaks of offsets. */
const ofGroup = (errorCode: ErrorCode): ErrorCode =>
  errorCode === ErrorCode.INVALID_COMMIT_OFFSET_SIZE ? ErrorCode.UNKNOWN_SERVER_ERROR : errorCode

const awaited = <A>(deferred: Deferred.Deferred<A>): Effect.Effect<A> => Deferred.await(deferred)

const load = Effect.fnUntraced(function*(
  source: GroupLogReader.Source,
  partitions: number,
  table: GroupTable,
  loads: GroupLoads,
  log: GroupLog,
  ready: Effect.Effect<void>
) {
  const startMs = yield* Clock.currentTimeMillis
  let records = 0
  for (let partition = 0; partition < partitions; partition++) {
    const { count, isWhole } = yield* GroupLogReader.readAll(
      source,
      partition,
      (record) => table.replay(record)
    )
    records += count
    if (Array.from(table.all()).some(({ consumer }) => consumer !== undefined)) yield* ready
    loads.end(partition, isWhole)
    table.resume((groupId) => log.partitionOf(groupId) === partition)
  }
  if (records === 0) return
  const tookMs = (yield* Clock.currentTimeMillis) - startMs
  yield* Effect.logInfo(`${table.size} groups loaded from ${records} records in ${tookMs} ms`)
})
