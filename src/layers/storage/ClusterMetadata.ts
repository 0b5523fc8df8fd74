// The engine contract, second half: topics, their configs, and who this broker is. TopicCatalog
// implements it over one file on the local disk. Reads are plain calls on what is durable; a change
// is so, and everybody who listens was told, before its effect ends, and it ends although who asked
// for it is interrupted.
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { LogConfig } from "../../domain/config/LogConfig.ts"
import type { Failure } from "../../domain/Failure.ts"
import type { PartitionId, TopicId, TopicName } from "../../domain/Topic.ts"

export interface Topic {
  readonly name: TopicName
  readonly id: TopicId
  readonly partitions: number
  readonly isInternal: boolean
  /** Only what was set on the topic itself: name -> text. */
  readonly configs: Readonly<Record<string, string>>
  /** `configs` over the broker's defaults. */
  readonly logConfig: LogConfig
}

/** What happened to a topic, told in order to whoever listens. */
export type TopicChange =
  | { readonly _tag: "Created"; readonly topic: Topic }
  | { readonly _tag: "PartitionsAdded"; readonly topic: Topic; readonly from: PartitionId }
  | { readonly _tag: "ConfigsChanged"; readonly topic: Topic }
  | { readonly _tag: "Deleted"; readonly topic: Topic }

export interface NewTopic {
  readonly name: TopicName
  readonly partitions: number
  readonly configs: Readonly<Record<string, string>>
}

export class ClusterMetadata extends Context.Service<ClusterMetadata, {
  readonly clusterId: string
  readonly nodeId: number
  readonly topics: () => ReadonlyMap<TopicName, Topic>
  readonly topic: (name: TopicName) => Topic | undefined
  readonly topicById: (id: TopicId) => Topic | undefined
  /** Fails with InvalidTopic, TopicAlreadyExists, InvalidPartitions, InvalidConfig, StorageFailure. */
  readonly create: (topic: NewTopic) => Effect.Effect<Topic, Failure>
  /** The same checks as `create`, changing nothing. */
  readonly validate: (topic: NewTopic) => Failure | undefined
  readonly delete: (name: TopicName) => Effect.Effect<Topic, Failure>
  /** `total` must be more than there are: INVALID_PARTITIONS. */
  readonly createPartitions: (name: TopicName, total: number) => Effect.Effect<Topic, Failure>
  /** Replaces all configs of the topic by what `update` makes of them. */
  readonly updateConfigs: (
    name: TopicName,
    update: (configs: Readonly<Record<string, string>>) => Readonly<Record<string, string>>
  ) => Effect.Effect<Topic, Failure>
  /**
   * Called with every change, those of one topic in order; awaited before the change's effect ends.
   * Must not ask for a change itself. Returns the undo.
   */
  readonly onChange: (listener: (change: TopicChange) => Effect.Effect<void>) => () => void
}>()("mymq/layers/storage/ClusterMetadata") {}
