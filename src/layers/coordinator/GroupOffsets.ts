// The offsets that one group has committed, in memory: what is here was durable before. A plain
// table; who may commit is the group's affair, and writing is the coordinator's.
import type { CommittedOffset } from "../../domain/group/GroupRecord.ts"

export class GroupOffsets {
  private readonly topics = new Map<string, Map<number, CommittedOffset>>()

  get isEmpty(): boolean {
    return this.topics.size === 0
  }

  get(topic: string, partition: number): CommittedOffset | undefined {
    return this.topics.get(topic)?.get(partition)
  }

  /** Null takes the offset away. */
  set(topic: string, partition: number, committed: CommittedOffset | null): void {
    const partitions = this.topics.get(topic)
    if (committed !== null) {
      if (partitions === undefined) this.topics.set(topic, new Map([[partition, committed]]))
      else partitions.set(partition, committed)
    } else if (partitions !== undefined) {
      partitions.delete(partition)
      if (partitions.size === 0) this.topics.delete(topic)
    }
  }

  clear(): void {
    this.topics.clear()
  }

  topicNames(): ReadonlyArray<string> {
    return [...this.topics.keys()]
  }

  partitionsOf(topic: string): ReadonlyMap<number, CommittedOffset> {
    return this.topics.get(topic) ?? new Map()
  }

  /** Every offset with its place. */
  *entries(): Iterable<readonly [topic: string, partition: number, committed: CommittedOffset]> {
    for (const [topic, partitions] of this.topics) {
      for (const [partition, committed] of partitions) yield [topic, partition, committed]
    }
  }
}
