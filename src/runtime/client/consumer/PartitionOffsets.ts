// Offsets that an application asks about, whatever it has assigned: the ends of partitions, and what stands
// at a time. Each call goes on until every partition has answered, or fails.
import * as Effect from "effect/Effect"
import { NO_OFFSET, type Offset } from "../../../domain/Offset.ts"
import type { TopicPartition } from "../../../domain/Topic.ts"
import type { ClientError } from "../ClientError.ts"
import type { Cluster } from "../cluster/Cluster.ts"
import * as LeaderRequests from "../cluster/LeaderRequests.ts"
import type { ConsumerSettings } from "./ConsumerOptions.ts"
import * as OffsetReset from "./OffsetReset.ts"

export interface PartitionTime extends TopicPartition {
  readonly timestampMs: number
}

export class PartitionOffsets {
  private readonly cluster: Cluster["Service"]
  private readonly isolationLevel: ConsumerSettings["isolationLevel"]

  constructor(cluster: Cluster["Service"], isolationLevel: ConsumerSettings["isolationLevel"]) {
    this.cluster = cluster
    this.isolationLevel = isolationLevel
  }

  /** By `Topic.format`. */
  readonly ends = (
    startAt: "earliest" | "latest",
    partitions: ReadonlyArray<TopicPartition>
  ): Effect.Effect<ReadonlyMap<string, Offset>, ClientError> =>
    Effect.map(
      this.ask(partitions.map(({ partition, topic }) => ({ topic, partition, startAt }))),
      (found) => new Map([...found].map(([key, { offset }]) => [key, offset]))
    )

  /** By `Topic.format`; a partition without a record as young is missing. */
  readonly forTimes = (
    times: ReadonlyArray<PartitionTime>
  ): Effect.Effect<ReadonlyMap<string, OffsetReset.OffsetAt>, ClientError> =>
    Effect.map(
      this.ask(times.map(({ partition, timestampMs, topic }) => ({
        topic,
        partition,
        startAt: { timestampMs }
      }))),
      (found) => new Map([...found].filter(([, { offset }]) => offset !== NO_OFFSET))
    )

  private ask(questions: ReadonlyArray<OffsetReset.OffsetQuestion>) {
    return LeaderRequests.untilAnswered(
      this.cluster,
      "ListOffsets",
      questions,
      (left) => OffsetReset.ask(this.cluster, left, this.isolationLevel)
    )
  }
}
