// Which closed batches count as ahead of the requests under way (BufferMemory): those that their broker would take
// now, but for the requests before them. A batch in a codec, or of a broker that cannot be reached, is none: what
// cannot be sent for a while is nothing that others should wait for.
import type { BufferMemory } from "./BufferMemory.ts"
import type { PartitionQueue } from "./PartitionQueue.ts"
import type { ProducerBatch } from "./ProducerBatch.ts"

export class AheadBatches {
  private readonly memory: BufferMemory

  constructor(memory: BufferMemory) {
    this.memory = memory
  }

  /** The partition's batches may be sent; those counted before are the older ones. */
  add({ closed }: PartitionQueue): void {
    for (let i = closed.length - 1; i >= 0 && !closed[i]!.isAhead; i--) {
      const batch = closed[i]!
      batch.isAhead = true
      this.memory.ahead(batch.sizeBytes)
    }
  }

  /** They cannot be sent for a while. */
  removeAll({ closed }: PartitionQueue): void {
    for (const batch of closed) this.remove(batch)
  }

  /** It was sent, or given up. */
  remove(batch: ProducerBatch): void {
    if (!batch.isAhead) return
    batch.isAhead = false
    this.memory.noLongerAhead(batch.sizeBytes)
  }
}
