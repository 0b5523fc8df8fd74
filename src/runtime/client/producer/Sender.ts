// Batches to their brokers and answers back to batches. It runs on the stack of whoever has something for it:
// a push that filled a batch, an answer, the alarm. Nothing waits in a fiber but connections.
//
// Invariants: a batch that was closed is finished exactly once, by its answer, its deadline or the end of the
// producer; a partition's batches are sent and sent again in order (PartitionQueue); at most
// `inFlightRequestsMax` requests are under way to a broker.
import * as Effect from "effect/Effect"
import { Produce } from "../../../domain/protocol/Produce.ts"
import * as CompressionType from "../../../domain/record/CompressionType.ts"
import * as ClientError from "../ClientError.ts"
import type { BrokerConnection } from "../cluster/BrokerConnection.ts"
import type { Cluster } from "../cluster/Cluster.ts"
import * as Retry from "../cluster/Retry.ts"
import { AheadBatches } from "./AheadBatches.ts"
import { BrokerLine } from "./BrokerLine.ts"
import type { BufferMemory } from "./BufferMemory.ts"
import * as LineConnection from "./LineConnection.ts"
import type { PartitionQueue } from "./PartitionQueue.ts"
import * as ProduceOutcome from "./ProduceOutcome.ts"
import type { ProducerBatch } from "./ProducerBatch.ts"
import type { ProducerCounters } from "./ProducerCounters.ts"
import * as ProduceRequest from "./ProduceRequest.ts"
import type { ProducerIdentity } from "./ProducerIdentity.ts"
import type { ProducerSettings } from "./ProducerOptions.ts"
import type { TickClock } from "./TickClock.ts"

export interface SenderOptions {
  readonly cluster: Cluster["Service"]
  /** The producer's own: what waits for the device would hold up what does not. */
  readonly lane: string
  readonly settings: ProducerSettings
  readonly memory: BufferMemory
  readonly clock: TickClock
  readonly counters: ProducerCounters
  /** Undefined without idempotence. */
  readonly identity: ProducerIdentity | undefined
  readonly random: () => number
  readonly run: (effect: Effect.Effect<void>) => void
  /** The batch's callbacks are to be run. */
  readonly onFinished: (batch: ProducerBatch) => void
  /** More could be sent than is closed. */
  readonly onRoom: () => void
  /** The partition wants to be looked at again then. */
  readonly restUntil: (queue: PartitionQueue, atMs: number) => void
  /** Makes two batches of one. */
  readonly split: (batch: ProducerBatch) => ReadonlyArray<ProducerBatch>
  /** Has the batch sent once it is compressed, where it is to be. */
  readonly compress: (batch: ProducerBatch) => void
}

export class Sender {
  private readonly options: SenderOptions
  private readonly lines = new Map<number, BrokerLine>()
  /** Lines that are sent to later, all that has come for them at once. */
  private held: Set<BrokerLine> | undefined
  private readonly compressionType: CompressionType.CompressionType
  private readonly ahead: AheadBatches
  private readonly outcomes: ProduceOutcome.Outcomes

  constructor(options: SenderOptions) {
    this.options = options
    this.ahead = new AheadBatches(options.memory)
    this.outcomes = {
      finish: (batch, error, baseOffset, appendTimeMs) =>
        this.finish(batch, error, baseOffset, appendTimeMs),
      retry: (batch, error, isDoubtful) => this.retry(batch, error, isDoubtful),
      renumber: (batch) => this.renumber(batch),
      split: (batch) => this.split(batch),
      onMoved: () => options.cluster.refreshSoon()
    }
    this.compressionType = CompressionType.fromName(options.settings.compression)
  }

  /** The partition has a batch that may be ready: it goes as soon as its broker takes it. */
  ready(queue: PartitionQueue): void {
    if (queue.closed.length === 0) return
    const { cluster, clock, lane, restUntil } = this.options
    if (queue.isListed || cluster.view().brokers.has(queue.leaderId)) {
      const line = this.line(queue.leaderId)
      if (cluster.opened(line.nodeId, lane) !== undefined) this.ahead.add(queue)
      if (queue.isListed) return
      line.list(queue)
      if (this.held === undefined) this.pump(line)
      else this.held.add(line)
      return
    }
    cluster.refreshSoon()
    restUntil(queue, clock.nowMs + Math.max(1, cluster.config.retryBackoffMs))
  }

  /** What gets ready meanwhile is sent afterwards, as many partitions in a request as fit. */
  together<A>(work: () => A): A {
    if (this.held !== undefined) return work()
    const held = this.held = new Set<BrokerLine>()
    try {
      return work()
    } finally {
      this.held = undefined
      for (const line of held) this.pump(line)
    }
  }

  /** No answer is waited for any more: nobody who comes after shall wait behind it. */
  abandon(error: ClientError.ClientError): void {
    const { cluster, lane } = this.options
    for (const line of this.lines.values()) {
      if (line.inFlight > 0) cluster.opened(line.nodeId, lane)?.end(error)
    }
  }

  /** What was closed now would wait. */
  isBusy({ closed, leaderId }: PartitionQueue): boolean {
    return closed.length > 0 || this.lines.get(leaderId)?.isFull === true
  }

  /** Everything that waits for a producer id or a connection is looked at again. */
  pumpAll(): void {
    for (const line of this.lines.values()) this.pump(line)
  }

  /** The batch's story ends here, unless it has ended before. */
  finish(
    batch: ProducerBatch,
    error: ClientError.ClientError | undefined,
    baseOffset = -1,
    appendTimeMs = -1
  ): void {
    if (batch.isDone) return
    const { queue } = batch
    // A socket or a codec may still read its memory.
    if (queue.sent.includes(batch) || batch.isCompressing) batch.isShared ||= error !== undefined
    queue.remove(batch)
    this.ahead.remove(batch)
    if (error === undefined) queue.isEstablished = true
    else if (batch.identity !== undefined) this.renumber(batch)
    batch.finish(error, baseOffset, appendTimeMs)
    for (let told = queue.takeTold(); told !== undefined; told = queue.takeTold()) {
      this.options.onFinished(told)
    }
  }

  private line(nodeId: number): BrokerLine {
    let line = this.lines.get(nodeId)
    if (line === undefined) {
      line = new BrokerLine(nodeId, this.options.settings.inFlightRequestsMax)
      this.lines.set(nodeId, line)
    }
    return line
  }

  private pump(line: BrokerLine): void {
    const { clock, cluster, identity, lane, settings } = this.options
    if (line.isEmpty || clock.nowMs < line.pausedUntilMs) return
    const connection = cluster.opened(line.nodeId, lane)
    if (connection === undefined) return this.connect(line)
    if (identity !== undefined && identity.current === undefined) return
    const moved: Array<PartitionQueue> = []
    while (!line.isFull && connection.isOpen) {
      const batches = line.gather(clock.nowMs, settings.requestBytesMax, moved)
      if (batches.length === 0) break
      this.send(line, connection, batches)
    }
    for (const queue of moved) this.ready(queue)
  }

  private send(
    line: BrokerLine,
    connection: BrokerConnection,
    batches: ReadonlyArray<ProducerBatch>
  ): void {
    const { cluster, counters, identity, settings } = this.options
    const version = ProduceRequest.versionFor(connection, this.compressionType)
    if (version === undefined) {
      const detail = `${connection.address} takes no batches of ${settings.compression}`
      return this.failAll(batches, ClientError.unsupported(Produce.name, detail))
    }
    for (const batch of batches) {
      if (identity !== undefined) batch.queue.number(batch, identity.current!)
      this.ahead.remove(batch)
      batch.attempts++
      counters.retries += batch.attempts > 1 ? 1 : 0
      counters.bytesSent += batch.seal(this.compressionType).length
    }
    counters.requests++
    counters.batches += batches.length
    this.underWay(line, 1)
    const body = ProduceRequest.body(batches, settings.acks, cluster.config.requestTimeoutMs)
    const onFailure = (error: ClientError.ClientError) => this.onFailure(line, batches, error)
    if (settings.acks === 0) {
      return connection.sendUnanswered(Produce, version, body, (error) => {
        if (error !== undefined) return onFailure(error)
        this.underWay(line, -1)
        for (const batch of batches) this.finish(batch, undefined)
        this.goOn(line, batches)
      })
    }
    connection.sendAt(Produce, version, body, {
      onResponse: (response, release) => {
        this.underWay(line, -1)
        this.pause(line, response.throttleTimeMs)
        ProduceOutcome.apply(batches, response, this.outcomes)
        release()
        this.goOn(line, batches)
      },
      onFailure
    })
  }

  private underWay(line: BrokerLine, change: 1 | -1): void {
    line.inFlight += change
    this.options.memory.requests(change)
  }

  private pause(line: BrokerLine, throttleTimeMs: number): void {
    if (throttleTimeMs <= 0) return
    const { clock, run } = this.options
    line.pausedUntilMs = Math.max(line.pausedUntilMs, clock.read() + throttleTimeMs)
    run(Effect.andThen(Effect.sleep(throttleTimeMs), Effect.sync(() => this.pump(line))))
  }

  /** The request was not answered: nobody knows what has become of it. */
  private onFailure(
    line: BrokerLine,
    batches: ReadonlyArray<ProducerBatch>,
    error: ClientError.ClientError
  ): void {
    this.underWay(line, -1)
    this.options.cluster.refreshSoon()
    for (const batch of batches) {
      batch.isShared = true
      if (batch.isDone) continue
      if (error.isRetriable) this.retry(batch, error)
      else this.finish(batch, error)
    }
    this.goOn(line, batches)
  }

  private retry(
    batch: ProducerBatch,
    error: ClientError.ClientError,
    isDoubtful = true
  ): void {
    const { clock, cluster, random, restUntil } = this.options
    const { retryBackoffMs, retryBackoffMsMax } = cluster.config
    const delayMs = Retry.delayMs(batch.attempts, retryBackoffMs, retryBackoffMsMax, random())
    batch.error = error
    batch.mayBeWritten = isDoubtful && batch.identity !== undefined
    batch.queue.putBack(batch)
    this.ahead.removeAll(batch.queue)
    restUntil(batch.queue, clock.read() + delayMs)
  }

  private split(batch: ProducerBatch): void {
    const parts = this.options.split(batch)
    batch.queue.replace(batch, parts)
    batch.queue.putBack(batch, parts)
    for (const part of parts) this.options.compress(part)
  }

  private renumber(batch: ProducerBatch): void {
    const { queue } = batch
    if (batch.identity !== queue.identity) return
    queue.isRenumbering = true
    this.options.identity?.raise(batch.identity!)
  }

  /** What has waited for the place that is free now goes with what was ready before. */
  private goOn(line: BrokerLine, batches: ReadonlyArray<ProducerBatch>): void {
    this.together(() => {
      this.held!.add(line)
      for (const { queue } of batches) this.ready(queue)
      this.options.onRoom()
    })
  }

  private failAll(
    batches: ReadonlyArray<ProducerBatch>,
    error: ClientError.ClientError
  ): void {
    for (const batch of batches) this.finish(batch, error)
  }

  private connect(line: BrokerLine): void {
    // What cannot be sent for a while is nothing that others should wait for.
    for (const queue of line.listed) this.ahead.removeAll(queue)
    LineConnection.open(line, {
      ...this.options,
      onRefused: (queues, error) => {
        for (const queue of queues) this.failAll([...queue.closed], error)
      },
      onEnd: (queues) => {
        this.together(() => {
          for (const queue of queues) this.ready(queue)
          this.options.onRoom()
        })
      }
    })
  }
}
