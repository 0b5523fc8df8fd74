// The local implementation of ClusterMetadata: all topics in one file, topics.json, replaced whole
// by each change, so that a stop at any point leaves the state before the change or the one after
// it. Changes that come while the file is written go out together with the next write, in the order
// in which they came. A catalog that cannot be read is never overwritten: the broker refuses to
// start and says which file it is.
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Semaphore from "effect/Semaphore"
import { randomUUID } from "node:crypto"
import { ErrorCode } from "../../domain/ErrorCode.ts"
import * as Failure from "../../domain/Failure.ts"
import { BrokerConfig } from "../config/BrokerConfig.ts"
import { Disk, type DiskError } from "../disk/Disk.ts"
import * as CatalogFile from "./CatalogFile.ts"
import { ClusterMetadata, type Topic, type TopicChange } from "./ClusterMetadata.ts"
import * as MetaProperties from "./MetaProperties.ts"
import { TopicTable } from "./TopicTable.ts"

export { CatalogError } from "./CatalogFile.ts"

/** Topics whose changes are told at the same time. */
const TOLD_TOGETHER = 16

/** Makes a change on a table that is not yet anybody's, or says why not. */
type Change = (table: TopicTable) => TopicChange | Failure.Failure
type Listener = (change: TopicChange) => Effect.Effect<void>

interface Asked {
  readonly change: Change
  readonly done: Deferred.Deferred<Topic, Failure.Failure>
}

class TopicCatalog {
  table: TopicTable
  readonly listeners = new Set<Listener>()
  private readonly disk: Disk["Service"]
  private readonly path: string
  private readonly oneWriter = Semaphore.makeUnsafe(1)
  private waiting: Array<Asked> = []

  constructor(disk: Disk["Service"], path: string, table: TopicTable) {
    this.disk = disk
    this.path = path
    this.table = table
  }

  /**
   * Ends when the change is durable and everybody was told. Who asks for it may leave meanwhile:
   * what has begun ends all the same, or a topic would be in the catalog and nowhere else.
   */
  change(change: Change): Effect.Effect<Topic, Failure.Failure> {
    return Effect.uninterruptible(Effect.suspend(() => {
      const done = Deferred.makeUnsafe<Topic, Failure.Failure>()
      this.waiting.push({ change, done })
      return Effect.andThen(this.oneWriter.withPermit(this.commitAll), Deferred.await(done))
    }))
  }

  /** Makes whatever waits. Those whose changes went out with another's write find nothing to do. */
  private readonly commitAll = Effect.suspend(() => {
    const asked = this.waiting.splice(0)
    if (asked.length === 0) return Effect.void
    return Effect.onExit(this.commit(asked), (exit) =>
      Effect.sync(() => {
        if (Exit.isSuccess(exit)) return
        // After a defect nobody may be left waiting; who has an answer keeps it.
        const failed = Exit.failCause(exit.cause)
        for (const { done } of asked) Deferred.doneUnsafe(done, failed)
      }))
  })

  private readonly commit = Effect.fnUntraced(function*(
    this: TopicCatalog,
    asked: ReadonlyArray<Asked>
  ) {
    const table = this.table.copy()
    const outcomes = asked.map(({ change }) => change(table))
    const changes = outcomes.filter((outcome) => !Failure.isFailure(outcome))
    const written = yield* Effect.result(
      changes.length === 0
        ? Effect.void
        : this.disk.writeFileAtomic(this.path, CatalogFile.encode(table.byName.values()))
    )
    if (written._tag === "Failure") {
      const failed = Exit.fail(notWritten(written.failure))
      for (const { done } of asked) Deferred.doneUnsafe(done, failed)
      return
    }
    this.table = table
    yield* this.tell(changes)
    for (const [i, { done }] of asked.entries()) {
      const outcome = outcomes[i]!
      Deferred.doneUnsafe(
        done,
        Failure.isFailure(outcome) ? Exit.fail(outcome) : Exit.succeed(outcome.topic)
      )
    }
  })

  /** The changes of one topic are told in order, without waiting for those of others. */
  private tell(changes: ReadonlyArray<TopicChange>): Effect.Effect<void> {
    const ofTopic = new Map<string, Array<TopicChange>>()
    for (const change of changes) {
      const before = ofTopic.get(change.topic.name)
      if (before === undefined) ofTopic.set(change.topic.name, [change])
      else before.push(change)
    }
    const tellAll = (changes: ReadonlyArray<TopicChange>) =>
      Effect.forEach(
        changes,
        (change) => Effect.forEach([...this.listeners], (listener) => listener(change)),
        { discard: true }
      )
    return Effect.forEach(ofTopic.values(), tellAll, { concurrency: TOLD_TOGETHER, discard: true })
  }
}

const notWritten = (error: DiskError): Failure.Failure =>
  Failure.make(
    ErrorCode.KAFKA_STORAGE_ERROR,
    `the catalog cannot be written: ${error.message}`
  )

const make = Effect.gen(function*() {
  const disk = yield* Disk
  const config = yield* BrokerConfig
  yield* disk.makeDirectory(config.logDir)
  const clusterId = yield* MetaProperties.clusterId(disk, config.logDir, config.nodeId)
  const path = `${config.logDir}/${CatalogFile.FILE}`
  const table = new TopicTable(config)
  table.load(yield* CatalogFile.load(disk, path))
  const catalog = new TopicCatalog(disk, path, table)

  return ClusterMetadata.of({
    clusterId,
    nodeId: config.nodeId,
    topics: () => catalog.table.byName,
    topic: (name) => catalog.table.byName.get(name),
    topicById: (id) => catalog.table.byId.get(id),
    validate: (topic) => catalog.table.refusal(topic),
    create: (topic) =>
      Effect.suspend(() => {
        const refused = catalog.table.refusal(topic)
        return refused === undefined
          ? catalog.change((table) => table.create(topic, randomUUID()))
          : Effect.fail(refused)
      }),
    delete: (name) => catalog.change((table) => table.delete(name)),
    createPartitions: (name, total) =>
      catalog.change((table) => table.createPartitions(name, total)),
    updateConfigs: (name, update) => catalog.change((table) => table.updateConfigs(name, update)),
    onChange: (listener) => {
      catalog.listeners.add(listener)
      return () => {
        catalog.listeners.delete(listener)
      }
    }
  })
})

export const layer: Layer.Layer<
  ClusterMetadata,
  DiskError | CatalogFile.CatalogError | MetaProperties.MetaPropertiesError,
  Disk | BrokerConfig
> = Layer.effect(ClusterMetadata, make)
