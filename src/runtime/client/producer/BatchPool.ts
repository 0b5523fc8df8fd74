// Batches that have been, kept for batches to come: memory that is fresh from the system costs more than
// what is written into it. Kept are as many as the producer's memory would fill; the rest is collected.
import type { PartitionQueue } from "./PartitionQueue.ts"
import { ProducerBatch } from "./ProducerBatch.ts"

export class BatchPool {
  private readonly bytesMax: number
  private readonly countMax: number
  private readonly free: Array<ProducerBatch> = []

  constructor(bytesMax: number, memoryBytesMax: number) {
    this.bytesMax = bytesMax
    this.countMax = Math.max(1, Math.floor(memoryBytesMax / bytesMax))
  }

  take(queue: PartitionQueue): ProducerBatch {
    const batch = this.free.pop()
    if (batch === undefined) return new ProducerBatch(queue, this.bytesMax)
    batch.reset(queue)
    return batch
  }

  /** Its callbacks have run, and nobody reads its memory. */
  giveBack(batch: ProducerBatch): void {
    if (!batch.isShared && this.free.length < this.countMax) this.free.push(batch)
  }
}
