// The partitions of a membership as the application knows them: it is told of each change, and
// what it was told is what `assigned` says. A partition that is given up stays in the list until
// the application has let go of it; a new one is in it when the application hears of it.
import * as Effect from "effect/Effect"
import type { TopicPartition } from "../../../domain/Topic.ts"
import * as TopicPartitions from "../../../domain/TopicPartitions.ts"
import type { GroupListener } from "./GroupContract.ts"

export class PartitionOwnership {
  private readonly listener: GroupListener
  private current: ReadonlyArray<TopicPartition> = []

  constructor(listener: GroupListener) {
    this.listener = listener
  }

  get assigned(): ReadonlyArray<TopicPartition> {
    return this.current
  }

  /** By topic name, as everywhere here. */
  assign(partitions: TopicPartitions.TopicPartitions): Effect.Effect<void> {
    return Effect.suspend(() => {
      const added = listOf(partitions)
      this.current = [...this.current, ...added]
      return this.listener.onAssigned(added)
    })
  }

  revoke(partitions: TopicPartitions.TopicPartitions): Effect.Effect<void> {
    return Effect.suspend(() =>
      Effect.ensuring(this.listener.onRevoked(listOf(partitions)), this.drop(partitions))
    )
  }

  /** Only what the application has: a loss may come before it was told of what is lost. */
  lose(partitions: TopicPartitions.TopicPartitions): Effect.Effect<void> {
    return Effect.suspend(() => {
      const lost = this.current.filter(({ partition, topic }) =>
        TopicPartitions.has(partitions, topic, partition)
      )
      const onLost = lost.length === 0 ? Effect.void : this.listener.onLost(lost)
      return Effect.andThen(this.drop(partitions), onLost)
    })
  }

  /** Without a word to the application: it is past hearing. */
  clear(): void {
    this.current = []
  }

  private drop(partitions: TopicPartitions.TopicPartitions): Effect.Effect<void> {
    return Effect.sync(() => {
      this.current = this.current.filter(({ partition, topic }) =>
        !TopicPartitions.has(partitions, topic, partition)
      )
    })
  }
}

const listOf = (all: TopicPartitions.TopicPartitions): ReadonlyArray<TopicPartition> =>
  TopicPartitions.toList(all).flatMap(({ partitions, topicId: topic }) =>
    partitions.map((partition) => ({ topic, partition }))
  )
