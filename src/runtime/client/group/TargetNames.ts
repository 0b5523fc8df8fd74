// Topics by their ids, as far as a member of the consumer protocol has to do with them: the broker
// assigns by id, the application hears of names. A topic that the cluster does not tell of yet is
// left out of a target, and the target is looked at again a little later.
import * as Effect from "effect/Effect"
import type { TopicId, TopicName } from "../../../domain/Topic.ts"
import * as TopicPartitions from "../../../domain/TopicPartitions.ts"
import type { ClientError } from "../ClientError.ts"
import type { Cluster } from "../cluster/Cluster.ts"
import type { TopicMetadata } from "../cluster/ClusterView.ts"

type Partitions = TopicPartitions.TopicPartitions

export class TargetNames {
  private readonly cluster: Cluster["Service"]
  private readonly wanted: ReadonlyArray<TopicName> | RegExp
  private readonly names = new Map<TopicId, TopicName>()

  constructor(cluster: Cluster["Service"], wanted: ReadonlyArray<TopicName> | RegExp) {
    this.cluster = cluster
    this.wanted = wanted
  }

  /**
   * Hands over the part of the target that can be named, and the rest as soon as it can be. Ends
   * when all was handed over.
   */
  readonly resolve = (
    target: Partitions,
    take: (named: Partitions) => Effect.Effect<void>
  ): Effect.Effect<void> =>
    Effect.gen({ self: this }, function*() {
      while (true) {
        if (!this.isNamed(target)) yield* this.look
        yield* take(TopicPartitions.filter(target, (topicId) => this.names.has(topicId)))
        if (this.isNamed(target)) return
        yield* Effect.sleep(this.cluster.config.retryBackoffMsMax)
      }
    })

  /** By name; what cannot be named was never handed over. */
  readonly byName = (partitions: Partitions): Partitions => {
    const result = new Map<TopicName, Set<number>>()
    for (const [topicId, partition] of TopicPartitions.each(partitions)) {
      const name = this.names.get(topicId)
      if (name !== undefined) TopicPartitions.add(result, name, partition)
    }
    return result
  }

  private isNamed(target: Partitions): boolean {
    return [...target.keys()].every((topicId) => this.names.has(topicId))
  }

  private readonly look: Effect.Effect<void> = Effect.suspend(() => {
    const { cluster, wanted } = this
    const topics: Effect.Effect<Iterable<TopicMetadata>, ClientError> = wanted instanceof RegExp
      ? cluster.topics
      : Effect.map(cluster.existing(wanted), (found) => found.values())
    return topics.pipe(
      Effect.map((found) => {
        for (const { topic, topicId } of found) this.names.set(topicId, topic)
      }),
      Effect.catch((error) => Effect.logDebug(`topics cannot be asked for: ${error.message}`))
    )
  })
}
