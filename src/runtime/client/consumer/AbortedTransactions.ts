// Which batches of a fetch belong to transactions that were aborted, so that a reader of committed records
// leaves them out (KIP-98). The broker tells the transactions that begin in what it gives, by producer and
// first offset; an abort marker ends each.
// Source: Kafka's CompletedFetch.
import type { Offset } from "../../../domain/Offset.ts"

export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: Offset
}

export class AbortedTransactions {
  private readonly coming: ReadonlyArray<AbortedTransaction>
  private begun = 0
  private readonly producerIds = new Set<number>()

  constructor(transactions: ReadonlyArray<AbortedTransaction>) {
    this.coming = transactions.length < 2
      ? transactions
      : [...transactions].sort((a, b) => a.firstOffset - b.firstOffset)
  }

  /** Whether a transactional batch is to be left out. Batches come in order. */
  covers(producerId: number, lastOffset: Offset): boolean {
    this.begin(lastOffset)
    return this.producerIds.has(producerId)
  }

  /**
   * An abort marker: what the producer writes next is another transaction. Its records may have
   * come with an earlier fetch, so that the transaction begins, for this one, only here.
   */
  ended(producerId: number, offset: Offset): void {
    this.begin(offset)
    this.producerIds.delete(producerId)
  }

  private begin(lastOffset: Offset): void {
    while (this.begun < this.coming.length && this.coming[this.begun]!.firstOffset <= lastOffset) {
      this.producerIds.add(this.coming[this.begun++]!.producerId)
    }
  }
}
