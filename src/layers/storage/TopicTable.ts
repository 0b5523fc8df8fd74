// All topics at one moment, and the rules of changing them. A change is made on a copy, which takes
// the table's place when it is on the device; so nobody sees what may yet fail, and nothing is ever
// undone.
import type { LogConfig } from "../../domain/config/LogConfig.ts"
import * as TopicConfigs from "../../domain/config/TopicConfigs.ts"
import { ErrorCode } from "../../domain/ErrorCode.ts"
import * as Failure from "../../domain/Failure.ts"
import * as TopicName from "../../domain/Topic.ts"
import type { CatalogEntry } from "./CatalogFile.ts"
import type { NewTopic, Topic, TopicChange } from "./ClusterMetadata.ts"

/** What the broker's own settings say. */
export interface TopicLimits {
  /** The most partitions that all topics may have together. */
  readonly topicPartitionsMax: number
  readonly logDefaults: LogConfig
}

type Configs = Readonly<Record<string, string>>

export class TopicTable {
  readonly byName: Map<TopicName.TopicName, Topic>
  readonly byId: Map<TopicName.TopicId, Topic>
  /** Names by what they look like in metrics. */
  private readonly names: Map<string, TopicName.TopicName>
  private readonly limits: TopicLimits
  private partitions: number

  constructor(limits: TopicLimits, copied?: TopicTable) {
    this.limits = limits
    this.byName = new Map(copied?.byName)
    this.byId = new Map(copied?.byId)
    this.names = new Map(copied?.names)
    this.partitions = copied?.partitions ?? 0
  }

  copy(): TopicTable {
    return new TopicTable(this.limits, this)
  }

  /** Takes over what a catalog says, which was checked. */
  load(entries: Iterable<CatalogEntry>): void {
    for (const entry of entries) this.put(entry)
  }

  /** Why a topic cannot be made. */
  refusal(topic: NewTopic): Failure.Failure | undefined {
    const invalid = TopicName.invalidName(topic.name)
    if (invalid !== undefined) return Failure.make(ErrorCode.INVALID_TOPIC_EXCEPTION, invalid)
    if (this.byName.has(topic.name)) {
      return Failure.make(ErrorCode.TOPIC_ALREADY_EXISTS, `Topic '${topic.name}' already exists.`)
    }
    const collision = this.names.get(TopicName.collisionKey(topic.name))
    if (collision !== undefined) {
      return Failure.make(
        ErrorCode.INVALID_TOPIC_EXCEPTION,
        `Topic '${topic.name}' collides with existing topic: ${collision}`
      )
    }
    if (topic.partitions < 1) {
      return Failure.make(
        ErrorCode.INVALID_PARTITIONS,
        `Number of partitions must be larger than 0, not ${topic.partitions}.`
      )
    }
    return this.tooMany(topic.partitions) ?? TopicConfigs.validate(topic.configs)
  }

  create(asked: NewTopic, id: TopicName.TopicId): TopicChange | Failure.Failure {
    return this.refusal(asked) ?? { _tag: "Created", topic: this.put({ ...asked, id }) }
  }

  delete(name: TopicName.TopicName): TopicChange | Failure.Failure {
    const topic = this.byName.get(name)
    if (topic === undefined) return unknown(name)
    this.partitions -= topic.partitions
    this.byName.delete(name)
    this.byId.delete(topic.id)
    this.names.delete(TopicName.collisionKey(name))
    return { _tag: "Deleted", topic }
  }

  createPartitions(name: TopicName.TopicName, total: number): TopicChange | Failure.Failure {
    const before = this.byName.get(name)
    if (before === undefined) return unknown(name)
    const { partitions } = before
    if (total <= partitions) {
      return Failure.make(
        ErrorCode.INVALID_PARTITIONS,
        total === partitions
          ? `Topic already has ${partitions} partition(s).`
          : `The topic ${name} currently has ${partitions} partition(s); ` +
            `${total} would not be an increase.`
      )
    }
    return this.tooMany(total - partitions) ?? {
      _tag: "PartitionsAdded",
      topic: this.put({ ...before, partitions: total }),
      from: partitions
    }
  }

  updateConfigs(
    name: TopicName.TopicName,
    update: (configs: Configs) => Configs
  ): TopicChange | Failure.Failure {
    const before = this.byName.get(name)
    if (before === undefined) return unknown(name)
    const configs = update(before.configs)
    return TopicConfigs.validate(configs) ?? {
      _tag: "ConfigsChanged",
      topic: this.put({ ...before, configs })
    }
  }

  private put({ configs, id, name, partitions }: CatalogEntry): Topic {
    const topic = {
      name,
      id,
      partitions,
      configs,
      isInternal: TopicName.isInternal(name),
      logConfig: TopicConfigs.resolve(configs, this.limits.logDefaults)
    }
    this.partitions += partitions - (this.byName.get(name)?.partitions ?? 0)
    this.byName.set(name, topic)
    this.byId.set(id, topic)
    this.names.set(TopicName.collisionKey(name), name)
    return topic
  }

  private tooMany(added: number): Failure.Failure | undefined {
    const { topicPartitionsMax } = this.limits
    return this.partitions + added > topicPartitionsMax
      ? Failure.make(
        ErrorCode.INVALID_PARTITIONS,
        `${added} more partitions are asked for; this broker has ${this.partitions}, ` +
          `at most ${topicPartitionsMax} are allowed.`
      )
      : undefined
  }
}

const unknown = (name: string): Failure.Failure =>
  Failure.make(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `Topic '${name}' does not exist.`)
