// How many records went where, and the first that did not: what the callback of every record counts.
import type { ClientError } from "../../client/ClientError.ts"

export interface PartitionTally {
  readonly partition: number
  readonly records: number
  /** -1 where the broker does not tell. */
  readonly lastOffset: number
}

export class Tally {
  records = 0
  failed = 0
  error: ClientError | undefined
  private readonly partitions = new Map<number, { records: number; lastOffset: number }>()

  /** One function for all records. */
  readonly callback = (
    error: ClientError | undefined,
    partition: number,
    offset: number
  ): void => {
    if (error !== undefined) {
      this.failed++
      this.error ??= error
      return
    }
    this.records++
    const told = this.partitions.get(partition)
    if (told === undefined) this.partitions.set(partition, { records: 1, lastOffset: offset })
    else {
      told.records++
      if (offset > told.lastOffset) told.lastOffset = offset
    }
  }

  get byPartition(): ReadonlyArray<PartitionTally> {
    return [...this.partitions].map(([partition, told]) => ({ partition, ...told }))
      .sort((a, b) => a.partition - b.partition)
  }
}
