// The double buffer of one partition: one batch fills (`open`) while others wait for their turn (`closed`) or
// are on the wire (`sent`). All three are in the order of their records.
//
// Invariant: with idempotence, numbers of `sent` and then `closed` ascend without a hole; a batch that is sent
// again has nothing of its partition on the wire beside it, so that it cannot overtake or be overtaken.
import * as RecordBatch from "../../../domain/record/RecordBatch.ts"
import type { PartitionId, TopicName } from "../../../domain/Topic.ts"
import type { ProducerBatch, ProducerIdAndEpoch } from "./ProducerBatch.ts"

export class PartitionQueue {
  readonly topic: TopicName
  readonly partition: PartitionId
  /** Where its answers go; see CompletionShards. */
  readonly shard: number
  open: ProducerBatch | undefined
  readonly closed: Array<ProducerBatch> = []
  readonly sent: Array<ProducerBatch> = []
  /**
   * All that are not told yet, by age: one that is answered early waits here for those before it.
   */
  private untold: Array<ProducerBatch> = []
  /** The broker that leads; -1 while nobody is known to. */
  leaderId = -1
  /** It is in a broker's line of partitions that have something to send. */
  isListed = false
  /** After an error it rests until then. */
  notBeforeMs = 0
  /** Its records are numbered under this one, from `nextSequence` on. */
  identity: ProducerIdAndEpoch | undefined
  nextSequence = 0
  /**
   * The broker has a batch of this identity. Before that it has no idea of the producer, and would
   * take a later batch although the first was refused: the first goes alone.
   */
  isEstablished = false
  /** What is not answered yet must be numbered anew, once nothing is on the wire (KIP-360). */
  isRenumbering = false

  constructor(topic: TopicName, partition: PartitionId, shard: number) {
    this.topic = topic
    this.partition = partition
    this.shard = shard
  }

  /** The batch that may be sent now, at `inFlightMax` batches on the wire at once. */
  sendable(nowMs: number, inFlightMax: number): ProducerBatch | undefined {
    const first = this.closed[0]
    if (first === undefined || first.isCompressing || nowMs < this.notBeforeMs) return undefined
    const { length } = this.sent
    if (length === 0) return first
    if (length >= inFlightMax || first.attempts > 0 || this.isRenumbering) return undefined
    const [oldest] = this.sent
    if (oldest!.identity !== undefined && !this.isEstablished) return undefined
    // One that failed before is alone on the wire until it is answered.
    return oldest!.attempts > 1 ? undefined : first
  }

  /**
   * Gives the batch, which was taken for sending, its number; and where nothing else is on the
   * wire, all that were numbered under another identity new ones. One that the broker may have
   * keeps its own, by which alone the broker knows it again; what follows is numbered after it.
   */
  number(batch: ProducerBatch, current: ProducerIdAndEpoch): void {
    if (batch.mayBeWritten) return
    const isAlone = this.sent.length === 1
    if (isAlone && (this.isRenumbering || this.identity !== current)) {
      this.identity = current
      this.nextSequence = 0
      this.isEstablished = false
      this.isRenumbering = false
      this.take(batch)
      for (const waiting of this.closed) {
        if (waiting.identity === undefined) break
        this.take(waiting)
      }
    } else if (batch.identity === undefined) this.take(batch)
  }

  private take(batch: ProducerBatch): void {
    batch.number(this.identity!, this.nextSequence)
    this.nextSequence = RecordBatch.addSequence(this.nextSequence, batch.count)
  }

  /** Puts a batch that was sent, or its parts, back in its place among those that wait. */
  putBack(batch: ProducerBatch, instead: ReadonlyArray<ProducerBatch> = [batch]): void {
    this.unsend(batch)
    let at = 0
    while (at < this.closed.length && this.closed[at]!.order < batch.order) at++
    this.closed.splice(at, 0, ...instead)
  }

  unsend(batch: ProducerBatch): void {
    const at = this.sent.indexOf(batch)
    if (at >= 0) this.sent.splice(at, 1)
  }

  /** The batch has nothing more to do here, wherever it was. */
  remove(batch: ProducerBatch): void {
    this.unsend(batch)
    const at = this.closed.indexOf(batch)
    if (at >= 0) this.closed.splice(at, 1)
    if (this.open === batch) this.open = undefined
  }

  /** A batch has been begun. */
  begin(batch: ProducerBatch): void {
    this.open = batch
    this.untold.push(batch)
  }

  /** Whether everything before the batch is answered. */
  isFirst(batch: ProducerBatch): boolean {
    return this.untold[0] === batch
  }

  /** Its parts have taken the batch's place. */
  replace(batch: ProducerBatch, parts: ReadonlyArray<ProducerBatch>): void {
    this.untold = this.untold.flatMap((known) => known === batch ? parts : [known])
  }

  /** The next batch whose callbacks may run; call until there is none. */
  takeTold(): ProducerBatch | undefined {
    return this.untold[0]?.isDone === true ? this.untold.shift() : undefined
  }
}
