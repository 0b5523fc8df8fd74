// What is sent to one broker: the partitions that it leads and that have a batch ready, in the order in which
// they became so, and the requests under way to it. Each request takes one batch of as many partitions as fit.
import type { PartitionQueue } from "./PartitionQueue.ts"
import type { ProducerBatch } from "./ProducerBatch.ts"

/** Names, lengths and tags around a batch in a request; its topic's name comes on top. */
const AROUND_BATCH_BYTES = 64

export class BrokerLine {
  readonly nodeId: number
  /** Requests that are not answered yet. */
  inFlight = 0
  /** The broker asked to be left alone until then (KIP-219). */
  pausedUntilMs = 0
  /** A connection is being made, or made again after a while. */
  isConnecting = false
  /** There was a connection: the next one means that it broke. */
  wasConnected = false
  private queues: Array<PartitionQueue> = []
  private readonly inFlightMax: number

  constructor(nodeId: number, inFlightMax: number) {
    this.nodeId = nodeId
    this.inFlightMax = inFlightMax
  }

  /** What comes has to wait for an answer. */
  get isFull(): boolean {
    return this.inFlight >= this.inFlightMax
  }

  get isEmpty(): boolean {
    return this.queues.length === 0
  }

  get listed(): ReadonlyArray<PartitionQueue> {
    return this.queues
  }

  list(queue: PartitionQueue): void {
    if (queue.isListed) return
    queue.isListed = true
    this.queues.push(queue)
  }

  /** All partitions leave the line. */
  clear(): ReadonlyArray<PartitionQueue> {
    const queues = this.queues
    this.queues = []
    for (const queue of queues) queue.isListed = false
    return queues
  }

  /**
   * The batches of the next request, now counted as sent. What cannot be sent now leaves the line
   * and comes back when it can; what has more goes to the line's end. `moved` are led by another
   * broker.
   */
  gather(
    nowMs: number,
    bytesMax: number,
    moved: Array<PartitionQueue>
  ): ReadonlyArray<ProducerBatch> {
    const batches: Array<ProducerBatch> = []
    const again: Array<PartitionQueue> = []
    let bytes = 0
    let index = 0
    for (; index < this.queues.length; index++) {
      const queue = this.queues[index]!
      const isHere = queue.leaderId === this.nodeId
      const batch = isHere ? queue.sendable(nowMs, this.inFlightMax) : undefined
      if (batch !== undefined) {
        const size = (batch.compressed?.length ?? batch.sizeBytes) + AROUND_BATCH_BYTES +
          queue.topic.length
        if (batches.length > 0 && bytes + size > bytesMax) break
        bytes += size
        queue.closed.shift()
        queue.sent.push(batch)
        batches.push(batch)
      }
      if (batch !== undefined && queue.closed.length > 0) again.push(queue)
      else queue.isListed = false
      if (!isHere) moved.push(queue)
    }
    this.queues = [...this.queues.slice(index), ...again]
    return batches
  }
}
