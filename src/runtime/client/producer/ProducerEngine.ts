// The parts of a producer put together: records into batches, batches to brokers, answers to callbacks, and
// the one alarm that closes batches, tries again and gives up in time. All of it is synchronous; effects are
// run for what waits: connections, metadata, codecs, time.
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import { Compression } from "../../../layers/compression/Compression.ts"
import * as ClientError from "../ClientError.ts"
import { Cluster } from "../cluster/Cluster.ts"
import * as LaneNames from "../cluster/LaneNames.ts"
import { Alarm } from "./Alarm.ts"
import { BatchCompressor } from "./BatchCompressor.ts"
import { BatchSpans } from "./BatchSpans.ts"
import { BufferMemory } from "./BufferMemory.ts"
import { CompletionShards } from "./CompletionShards.ts"
import type { PartitionQueue } from "./PartitionQueue.ts"
import type { ProducerBatch } from "./ProducerBatch.ts"
import { ProducerCounters } from "./ProducerCounters.ts"
import { ProducerIdentity } from "./ProducerIdentity.ts"
import * as ProducerMetrics from "./ProducerMetrics.ts"
import * as ProducerOptions from "./ProducerOptions.ts"
import { RecordAccumulator } from "./RecordAccumulator.ts"
import { Sender } from "./Sender.ts"
import { TickClock } from "./TickClock.ts"
import type { TopicQueues } from "./TopicQueues.ts"

type Run = (effect: Effect.Effect<void>) => Fiber.Fiber<void>

export class ProducerEngine {
  readonly memory: BufferMemory
  readonly accumulator: RecordAccumulator
  readonly counters = new ProducerCounters()
  readonly settings: ProducerOptions.ProducerSettings
  private readonly run: Run
  private spans: BatchSpans | undefined
  private readonly cluster: Cluster["Service"]
  private readonly clock: TickClock
  private readonly sender: Sender
  private readonly completions: CompletionShards
  private readonly alarm: Alarm
  /** Partitions that are to be looked at again, and when the first of them is. */
  private readonly resting = new Set<PartitionQueue>()

  private constructor(
    settings: ProducerOptions.ProducerSettings,
    cluster: Cluster["Service"],
    compression: Compression["Service"],
    clock: Clock.Clock,
    random: () => number,
    run: Run,
    lane: string
  ) {
    this.settings = settings
    this.run = run
    this.cluster = cluster
    this.clock = new TickClock(clock)
    const { batchBytesMax, bufferMemoryBytes, requestBytesMax } = settings
    this.memory = new BufferMemory(bufferMemoryBytes, requestBytesMax, batchBytesMax)
    this.alarm = new Alarm(run, () => this.ring())
    const compressor = new BatchCompressor(compression, settings, run)
    const onThrow = (cause: unknown) => {
      run(Effect.logError("a callback or a partitioner threw", cause))
    }
    this.completions = new CompletionShards((batch) => this.accumulator.settled(batch), onThrow)
    const { clock: tick, counters, memory } = this
    const closed = (queue: PartitionQueue, batch: ProducerBatch) =>
      compressor.compress(batch, () => this.sender.ready(queue))
    this.accumulator = new RecordAccumulator({
      settings,
      memory,
      counters,
      clock: tick,
      partitioner: ProducerOptions.partitionerOf(settings),
      ask: (topic) => {
        run(this.ask(topic))
      },
      onOpened: (dueMs) => this.alarm.arm(dueMs, tick.nowMs),
      isBusy: (queue) => this.sender.isBusy(queue),
      onClosed: closed,
      onThrow
    })
    const identity = settings.enableIdempotence
      ? new ProducerIdentity(cluster, run, () => this.sender.pumpAll(), (e) => this.failAll(e))
      : undefined
    this.sender = new Sender({
      settings,
      memory,
      cluster,
      lane,
      counters,
      identity,
      random,
      run,
      clock: tick,
      onFinished: (batch) => this.onFinished(batch),
      onRoom: () => this.accumulator.closeDue(tick.nowMs),
      restUntil: (queue, atMs) => this.restUntil(queue, atMs),
      split: (batch) => this.accumulator.split(batch),
      compress: (batch) => closed(batch.queue, batch)
    })
  }

  /**
   * Ends with the scope: what is under way then has `closeTimeoutMs`, the rest fails with Closed.
   */
  static make(
    settings: ProducerOptions.ProducerSettings
  ): Effect.Effect<ProducerEngine, never, Cluster | Compression | Scope.Scope> {
    return Effect.gen(function*() {
      const cluster = yield* Cluster
      const run = yield* FiberSet.makeRuntime()
      const random = yield* Random.Random
      const engine = new ProducerEngine(
        settings,
        cluster,
        yield* Compression,
        yield* Clock.Clock,
        () => random.nextDoubleUnsafe(),
        run,
        yield* LaneNames.take(cluster, "produce")
      )
      const { clientId } = cluster.config
      if (settings.batchSpans) {
        const nowMs = () => engine.clock.nowMs
        engine.spans = new BatchSpans(yield* Effect.tracer, clientId, nowMs)
      }
      yield* ProducerMetrics.offer(clientId, engine.counters, engine.memory)
      const forget = cluster.onRefresh(() => engine.onRefresh())
      yield* Effect.addFinalizer(() => Effect.ensuring(engine.close, Effect.sync(forget)))
      return engine
    })
  }

  /** Ends when everything that was pushed before is answered. */
  readonly flush: Effect.Effect<void> = Effect.suspend(() => {
    const unknown = [...this.accumulator.topics.values()].filter(({ isKnown }) => !isKnown)
    const known = Effect.forEach(unknown, (topic) =>
      Effect.callback<void>((resume) => {
        topic.whenKnown.push(() => resume(Effect.void))
      }), { concurrency: "unbounded", discard: true })
    return Effect.andThen(known, this.flushBatches)
  })

  private readonly flushBatches = Effect.callback<void>((resume) => {
    this.sender.together(() => this.accumulator.closeAll())
    let left = this.accumulator.unanswered.size
    if (left === 0) return resume(Effect.void)
    for (const batch of this.accumulator.unanswered) {
      ;(batch.onSettled ??= []).push(() => {
        if (--left === 0) resume(Effect.void)
      })
    }
  })

  private readonly close: Effect.Effect<void> = Effect.suspend(() => {
    const error = ClientError.closed("the producer is closed")
    this.accumulator.end(error)
    return Effect.timeoutOption(this.flush, this.settings.closeTimeoutMs).pipe(
      Effect.andThen(Effect.sync(() => {
        this.sender.abandon(error)
        this.failAll(error)
        this.completions.drain()
      }))
    )
  })

  private readonly ask = (topic: TopicQueues): Effect.Effect<void> =>
    this.cluster.topic(topic.topic, {
      autoCreate: this.settings.autoCreateTopics,
      timeoutMs: this.settings.blockMsMax
    }).pipe(
      Effect.match({
        onSuccess: (metadata) => {
          topic.update(metadata)
          this.accumulator.known(topic)
        },
        onFailure: (error) => this.accumulator.unknown(topic, error)
      })
    )

  private onRefresh(): void {
    const { topics } = this.cluster.view()
    this.sender.together(() => {
      for (const topic of this.accumulator.topics.values()) {
        if (!topic.isKnown) continue
        const metadata = topics.get(topic.topic)
        topic.update(metadata)
        for (const queue of topic.queues) this.sender.ready(queue)
        if (metadata === undefined) this.remake(topic)
      }
      // One that waited for room at its former leader may have it at the new one.
      this.accumulator.closeDue(this.clock.nowMs)
    })
  }

  /** A topic that was deleted is made again by who sends to it, as one that never was. */
  private remake(topic: TopicQueues): void {
    const { autoCreateTopics, blockMsMax } = this.settings
    if (!autoCreateTopics || topic.isAsked || topic.isIdle) return
    topic.isAsked = true
    const asked = this.cluster.topic(topic.topic, { autoCreate: true, timeoutMs: blockMsMax })
    this.run(Effect.match(asked, {
      onSuccess: (metadata) => {
        topic.isAsked = false
        topic.update(metadata)
        for (const queue of topic.queues) this.sender.ready(queue)
      },
      // Its batches wait for it until their time is over.
      onFailure: () => {
        topic.isAsked = false
      }
    }))
  }

  private onFinished(batch: ProducerBatch): void {
    if (batch.error === undefined) this.counters.records += batch.count
    else this.counters.failedRecords += batch.count
    this.spans?.finished(batch)
    this.completions.push(batch)
  }

  private restUntil(queue: PartitionQueue, atMs: number): void {
    queue.notBeforeMs = atMs
    this.resting.add(queue)
    this.alarm.arm(atMs, this.clock.nowMs)
  }

  /** Something is due: batches to close, partitions to try again, deadlines. */
  private ring(): void {
    const nowMs = this.clock.read()
    const nextMs = this.sender.together(() => {
      // What is given up makes room, in its partition, for what is open.
      const expiryMs = this.expire(nowMs)
      return Math.min(expiryMs, this.accumulator.closeDue(nowMs), this.wakeRested(nowMs))
    })
    if (nextMs < Infinity) this.alarm.arm(nextMs, nowMs)
  }

  /** Partitions that have rested after an error; gives when to look again. */
  private wakeRested(nowMs: number): number {
    let nextMs = Infinity
    for (const queue of this.resting) {
      if (queue.notBeforeMs > nowMs) nextMs = Math.min(nextMs, queue.notBeforeMs)
      else {
        this.resting.delete(queue)
        this.sender.ready(queue)
      }
    }
    return nextMs
  }

  /** Gives up what is too old; gives when to look again. */
  private expire(nowMs: number): number {
    const { deliveryTimeoutMs } = this.settings
    for (const batch of this.accumulator.unanswered) {
      if (batch.isDone) continue
      const deadlineMs = batch.createdMs + deliveryTimeoutMs
      if (deadlineMs > nowMs) return deadlineMs
      this.sender.finish(batch, timedOut(batch, deliveryTimeoutMs))
    }
    return Infinity
  }

  private failAll(error: ClientError.ClientError): void {
    for (const topic of this.accumulator.topics.values()) {
      if (!topic.isKnown) this.accumulator.unknown(topic, error)
    }
    for (const batch of this.accumulator.unanswered) this.sender.finish(batch, error)
  }
}

const timedOut = ({ error, queue }: ProducerBatch, timeoutMs: number): ClientError.ClientError => {
  const { partition, topic } = queue
  const why = error !== undefined
    ? `; before that: ${error.message}`
    : queue.leaderId < 0
    ? "; nobody is known to lead the partition"
    : ""
  const detail = `not answered within ${timeoutMs} ms${why}`
  const reason = ClientError.Reason.DeliveryTimedOut({ topic, partition, detail })
  return new ClientError.ClientError({ reason })
}
