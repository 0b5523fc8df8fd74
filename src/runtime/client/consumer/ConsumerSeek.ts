// Moving about in what is assigned: seek, pause, resume, and where it stands. What was fetched for another
// place is dropped on the spot.
import * as Effect from "effect/Effect"
import type { LeaderEpoch, Offset } from "../../../domain/Offset.ts"
import * as Topic from "../../../domain/Topic.ts"
import * as ClientError from "../ClientError.ts"
import type { ConsumerBatch } from "./ConsumerBatch.ts"
import type { FetchBuffer } from "./FetchBuffer.ts"
import type { AssignedPartition, StartAt, SubscriptionState } from "./SubscriptionState.ts"

type Partitions = ReadonlyArray<Topic.TopicPartition>

export interface ConsumerSeekOptions {
  readonly state: SubscriptionState
  readonly buffer: FetchBuffer
  readonly apiTimeoutMs: number
  /** Fetches and positions are looked at again. */
  readonly onMoved: () => void
}

export class ConsumerSeek {
  private readonly options: ConsumerSeekOptions

  constructor(options: ConsumerSeekOptions) {
    this.options = options
  }

  readonly seek = (
    partition: Topic.TopicPartition,
    offset: Offset,
    leaderEpoch?: LeaderEpoch
  ): Effect.Effect<void, ClientError.ClientError> =>
    Number.isSafeInteger(offset) && offset >= 0
      ? this.move([partition], (state) => state.seek(offset, leaderEpoch))
      : Effect.fail(ClientError.invalid(`${offset} is no offset`))

  /** Takes effect when the leaders have answered. */
  readonly seekTo = (
    partitions: Partitions | undefined,
    startAt: StartAt
  ): Effect.Effect<void, ClientError.ClientError> =>
    this.move(partitions, (state) => state.seekTo(startAt))

  /** The batch was the last that was delivered, and is not processed: it is given again. */
  takeBack({ lastOffset, leaderEpoch, partition, records, topic }: ConsumerBatch): void {
    const { buffer, onMoved, state } = this.options
    const one = state.get(topic, partition)
    // Who has moved since, or has lost the partition, knows where to go on.
    if (one === undefined || one.isRevoked || one.position !== lastOffset + 1) return
    const from = Math.max(records[0].offset, one.committed)
    if (from > lastOffset || !one.hasPosition) return
    one.seek(from, leaderEpoch)
    buffer.dropOutdated()
    onMoved()
  }

  /** Nothing of them is delivered or fetched until they are resumed. */
  readonly pause = (partitions?: Partitions): Effect.Effect<void, ClientError.ClientError> =>
    this.each(partitions, (state) => {
      state.isPaused = true
    })

  readonly resume = (partitions?: Partitions): Effect.Effect<void, ClientError.ClientError> =>
    this.each(partitions, (state) => {
      state.isPaused = false
    })

  /** Of the next record to be delivered; waits until it is known. */
  readonly position = (
    { partition, topic }: Topic.TopicPartition
  ): Effect.Effect<Offset, ClientError.ClientError> => {
    const { apiTimeoutMs, buffer, state } = this.options
    const known = Effect.gen(function*() {
      while (true) {
        const { seen } = buffer
        const one = state.get(topic, partition)
        if (one === undefined) return yield* notAssigned(topic, partition)
        if (one.failure !== undefined) return yield* one.failure
        if (one.hasPosition) return one.position
        yield* buffer.awakenAfter(seen)
      }
    })
    const what = `the position in ${Topic.format(topic, partition)}`
    const reason = ClientError.Reason.RequestTimedOut({ what, timeoutMs: apiTimeoutMs })
    return Effect.timeoutOrElse(known, {
      duration: apiTimeoutMs,
      orElse: () => Effect.fail(new ClientError.ClientError({ reason }))
    })
  }

  private move(
    partitions: Partitions | undefined,
    change: (state: AssignedPartition) => void
  ): Effect.Effect<void, ClientError.ClientError> {
    return this.each(partitions, (state) => {
      change(state)
      this.options.buffer.dropOutdated()
    })
  }

  /** All that are assigned, where none are named. Nothing is changed where one is not assigned. */
  private each(
    partitions: Partitions | undefined,
    change: (state: AssignedPartition) => void
  ): Effect.Effect<void, ClientError.ClientError> {
    return Effect.suspend(() => {
      const { buffer, onMoved, state } = this.options
      const found: Array<AssignedPartition> = []
      for (const { partition, topic } of partitions ?? state.all) {
        const one = state.get(topic, partition)
        if (one === undefined) return Effect.fail(notAssigned(topic, partition))
        found.push(one)
      }
      for (const one of found) change(one)
      onMoved()
      buffer.wake()
      return Effect.void
    })
  }
}

const notAssigned = (topic: Topic.TopicName, partition: Topic.PartitionId) =>
  ClientError.invalid(`${Topic.format(topic, partition)} is not assigned to this consumer`)
