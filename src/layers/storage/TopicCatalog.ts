// The local implementation of ClusterMetadata: all topics in one file, topics.json, replaced whole by
// each change, so that a stop at any point leaves the state before the change or the one after it.
// Changes that come while the file is written go out together with the next write. A catalog that
// cannot be read is never overwritten: the broker refuses to start and says which file it is.
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Semaphore from "effect/Semaphore"
import { randomUUID } from "node:crypto"
import * as TopicConfigs from "../../domain/config/TopicConfigs.ts"
import { ErrorCode } from "../../domain/ErrorCode.ts"
import * as Failure from "../../domain/Failure.ts"
import * as TopicName from "../../domain/Topic.ts"
import { BrokerConfig } from "../config/BrokerConfig.ts"
import { Disk, type DiskError } from "../disk/Disk.ts"
import { ClusterMetadata, type NewTopic, type Topic, type TopicChange } from "./ClusterMetadata.ts"
import * as MetaProperties from "./MetaProperties.ts"

/** The catalog's file cannot be used. */
export class CatalogError extends Data.TaggedError("CatalogError")<{
  readonly path: string
  readonly detail: string
}> {
  override get message(): string {
    return `${this.path} cannot be read: ${this.detail}. Put back a copy of it, or move it away to ` +
      "start without topics; it is never overwritten while it cannot be read."
  }
}

const FILE = "topics.json"

const CatalogFile = Schema.Struct({
  version: Schema.Literal(1),
  topics: Schema.Array(Schema.Struct({
    name: Schema.String,
    id: Schema.String,
    partitions: Schema.Int,
    configs: Schema.Record(Schema.String, Schema.String)
  }))
})
const CatalogText = Schema.fromJsonString(CatalogFile)
const decode = Schema.decodeUnknownEffect(CatalogText)

const load = Effect.fnUntraced(function*(disk: Disk["Service"], path: string) {
  if ((yield* disk.stat(path)) === undefined) return []
  const text = (yield* disk.readFile(path)).toString("utf8")
  const file = yield* Effect.mapError(
    decode(text),
    (error) => new CatalogError({ path, detail: error.message })
  )
  return file.topics
})

const make = Effect.gen(function*() {
  const disk = yield* Disk
  const config = yield* BrokerConfig
  yield* disk.makeDirectory(config.logDir)
  const clusterId = yield* MetaProperties.clusterId(disk, config.logDir, config.nodeId)
  const path = `${config.logDir}/${FILE}`
  const topics = new Map<string, Topic>()
  const byId = new Map<string, Topic>()
  const collisions = new Map<string, string>()
  const listeners = new Set<(change: TopicChange) => Effect.Effect<void>>()
  const oneByOne = yield* Semaphore.make(1)
  let partitionCount = 0

  const put = (topic: Topic): void => {
    partitionCount += topic.partitions - (topics.get(topic.name)?.partitions ?? 0)
    topics.set(topic.name, topic)
    byId.set(topic.id, topic)
    collisions.set(TopicName.collisionKey(topic.name), topic.name)
  }
  /** Nothing happens to another topic of that name, nor when it has gone already. */
  const drop = ({ id }: Topic): void => {
    const topic = byId.get(id)
    if (topic === undefined) return
    partitionCount -= topic.partitions
    topics.delete(topic.name)
    byId.delete(topic.id)
    collisions.delete(TopicName.collisionKey(topic.name))
  }
  const topicOf = (fields: Pick<Topic, "name" | "id" | "partitions" | "configs">): Topic => ({
    ...fields,
    isInternal: fields.name.startsWith("__"),
    logConfig: TopicConfigs.resolve(fields.configs, config.logDefaults)
  })
  for (const entry of yield* load(disk, path)) put(topicOf(entry))

  const save = Effect.suspend(() => {
    const entries = [...topics.values()].map(({ configs, id, name, partitions }) => ({
      name,
      id,
      partitions,
      configs
    }))
    const text = JSON.stringify({ version: 1, topics: entries }, undefined, 1)
    return disk.writeFileAtomic(path, Buffer.from(text))
  })
  const writer = yield* makeWriter(save)

  /**
   * Makes a change in memory, then on disk; takes it back when the disk refuses. Who asked for it may
   * leave meanwhile: what has begun ends all the same, and everybody is told.
   */
  const change = Effect.fnUntraced(
    function*(apply: () => void, undo: () => void, told: TopicChange) {
      apply()
      yield* writer.pipe(
        Effect.tapError(() => Effect.sync(undo)),
        Effect.mapError((error) =>
          Failure.make(
            ErrorCode.KAFKA_STORAGE_ERROR,
            `the catalog cannot be written: ${error.message}`
          )
        )
      )
      for (const listener of listeners) yield* listener(told)
    },
    Effect.uninterruptible
  )

  const validate = (topic: NewTopic): Failure.Failure | undefined => {
    const name = TopicName.invalidName(topic.name)
    if (name !== undefined) return Failure.make(ErrorCode.INVALID_TOPIC_EXCEPTION, name)
    if (topics.has(topic.name)) {
      return Failure.make(ErrorCode.TOPIC_ALREADY_EXISTS, `Topic '${topic.name}' already exists.`)
    }
    const collision = collisions.get(TopicName.collisionKey(topic.name))
    if (collision !== undefined) {
      return Failure.make(
        ErrorCode.INVALID_TOPIC_EXCEPTION,
        `Topic '${topic.name}' collides with existing topic: ${collision}`
      )
    }
    return invalidCount(topic.partitions, topic.partitions) ?? TopicConfigs.validate(topic.configs)
  }

  const invalidCount = (total: number, added: number): Failure.Failure | undefined => {
    if (total < 1) {
      return Failure.make(
        ErrorCode.INVALID_PARTITIONS,
        `Number of partitions must be larger than 0, not ${total}.`
      )
    }
    return partitionCount + added > config.topicPartitionsMax
      ? Failure.make(
        ErrorCode.INVALID_PARTITIONS,
        `${added} more partitions are asked for; this broker has ${partitionCount}, ` +
          `at most ${config.topicPartitionsMax} are allowed.`
      )
      : undefined
  }

  const existing = (name: string): Effect.Effect<Topic, Failure.Failure> => {
    const topic = topics.get(name)
    return topic === undefined
      ? Effect.fail(Failure.make(
        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
        `Topic '${name}' does not exist.`
      ))
      : Effect.succeed(topic)
  }

  const replace = Effect.fnUntraced(function*(before: Topic, topic: Topic, told: TopicChange) {
    yield* change(() => put(topic), () => put(before), told)
    return topic
  })

  return ClusterMetadata.of({
    clusterId,
    nodeId: config.nodeId,
    topics: () => topics,
    topic: (name) => topics.get(name),
    topicById: (id) => byId.get(id),
    validate,
    create: Effect.fnUntraced(function*(asked: NewTopic) {
      const failure = validate(asked)
      if (failure !== undefined) return yield* Effect.fail(failure)
      const topic = topicOf({ ...asked, id: randomUUID() })
      yield* change(() => put(topic), () => drop(topic), { _tag: "Created", topic })
      return topic
    }),
    delete: (name) =>
      oneByOne.withPermit(Effect.gen(function*() {
        const topic = yield* existing(name)
        yield* change(() => drop(topic), () => put(topic), { _tag: "Deleted", topic })
        return topic
      })),
    createPartitions: (name, total) =>
      oneByOne.withPermit(Effect.gen(function*() {
        const before = yield* existing(name)
        const failure = invalidCount(total, total - before.partitions)
        if (failure !== undefined) return yield* Effect.fail(failure)
        const topic = { ...before, partitions: total }
        const told = { _tag: "PartitionsAdded", topic, from: before.partitions } as const
        return yield* replace(before, topic, told)
      })),
    updateConfigs: (name, update) =>
      oneByOne.withPermit(Effect.gen(function*() {
        const before = yield* existing(name)
        const configs = update(before.configs)
        const failure = TopicConfigs.validate(configs)
        if (failure !== undefined) return yield* Effect.fail(failure)
        const topic = topicOf({ ...before, configs })
        return yield* replace(before, topic, { _tag: "ConfigsChanged", topic })
      })),
    onChange: (listener) => {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    }
  })
})

/**
 * Group commit: whoever asks while a write is in flight waits for the next one, which all that ask
 * share, and which sees every change made before it began.
 */
const makeWriter = Effect.fnUntraced(function*(save: Effect.Effect<void, DiskError>) {
  const one = yield* Semaphore.make(1)
  let next: Deferred.Deferred<void, DiskError> | undefined
  return Effect.suspend(() => {
    if (next !== undefined) return Deferred.await(next)
    const mine = Deferred.makeUnsafe<void, DiskError>()
    next = mine
    const write = Effect.suspend(() => {
      next = undefined
      return save
    })
    return Effect.andThen(
      Effect.uninterruptible(one.withPermit(
        Effect.onExit(
          write,
          (exit) => Effect.sync(() => Deferred.doneUnsafe(mine, exit))
        )
      )),
      Effect.void
    )
  })
})

export const layer: Layer.Layer<
  ClusterMetadata,
  DiskError | CatalogError | MetaProperties.MetaPropertiesError,
  Disk | BrokerConfig
> = Layer.effect(ClusterMetadata, make)
