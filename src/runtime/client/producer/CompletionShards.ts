// Where callbacks run: batches that are answered go, by a murmur2 hash of topic and partition, into one of a
// few lines, and each turn of the event loop runs a bounded number of callbacks of every line. So those of a
// partition run in order, those of one partition cannot keep the answers of all others waiting however many
// they are, and sockets are read in between.
import { murmur2, toPositive } from "../../../domain/partitioner/Murmur2.ts"
import * as Topic from "../../../domain/Topic.ts"
import type { ProducerBatch } from "./ProducerBatch.ts"

const SHARDS = 8
/** Of one shard in one turn. */
const CALLBACKS_MAX = 4096

export const shardOf = (topic: Topic.TopicName, partition: Topic.PartitionId): number =>
  toPositive(murmur2(Buffer.from(Topic.format(topic, partition)))) % SHARDS

export class CompletionShards {
  private readonly lines: ReadonlyArray<Array<ProducerBatch>> = Array.from(
    { length: SHARDS },
    () => []
  )
  private readonly onSettled: (batch: ProducerBatch) => void
  private readonly onThrow: (cause: unknown) => void
  private isScheduled = false

  constructor(
    onSettled: (batch: ProducerBatch) => void,
    onThrow: (cause: unknown) => void
  ) {
    this.onSettled = onSettled
    this.onThrow = onThrow
  }

  /** The batch is finished: its callbacks run soon, never on this stack. */
  push(batch: ProducerBatch): void {
    this.lines[batch.queue.shard]!.push(batch)
    this.schedule()
  }

  /** Runs all callbacks now: nothing goes on after this. */
  drain(): void {
    while (this.turn(Infinity)) { /* callbacks may finish more */ }
  }

  private schedule(): void {
    if (this.isScheduled) return
    this.isScheduled = true
    setImmediate(this.onTurn)
  }

  private readonly onTurn = () => {
    this.isScheduled = false
    if (this.turn(CALLBACKS_MAX)) this.schedule()
  }

  /** Gives whether something is left. */
  private turn(countMax: number): boolean {
    let isLeft = false
    for (const line of this.lines) {
      if (line.length === 0) continue
      this.runLine(line, countMax)
      isLeft ||= line.length > 0
    }
    return isLeft
  }

  private runLine(line: Array<ProducerBatch>, countMax: number): void {
    let left = countMax
    let settled = 0
    while (settled < line.length && left > 0) {
      const batch = line[settled]!
      left -= batch.settle(left, this.onThrow)
      if (!batch.isSettled) break
      settled++
    }
    // Taken out first: what is told may push, flush or close.
    for (const batch of line.splice(0, settled)) this.onSettled(batch)
  }
}
