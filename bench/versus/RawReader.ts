// A consumer reduced to its fetches: one at a time over a raw connection, each from where the last answer ended.
// Of an answer only the size is looked at: where all batches are of one size, it tells how many came.
import * as KafkaFrames from "./KafkaFrames.ts"
import { RawClient } from "./RawClient.ts"

export interface ReaderOptions {
  readonly port: number
  readonly topic: string
  /** Of all batches of the topic, whose one partition holds nothing else. */
  readonly batchBytes: number
  readonly batchRecords: number
  /** Of one fetch, at most; a batch fits. */
  readonly fetchBytes: number
}

export class RawReader {
  /** Batches that were read. */
  batches = 0
  /** Answers that brought some. */
  answers = 0
  private readonly client: RawClient
  private readonly options: ReaderOptions

  private constructor(client: RawClient, options: ReaderOptions) {
    this.client = client
    this.options = options
  }

  static async open(options: ReaderOptions): Promise<RawReader> {
    return new RawReader(await RawClient.connect(options.port), options)
  }

  get bytes(): number {
    return this.batches * this.options.batchBytes
  }

  /** Reads batches `from` up to, and not including, `to`; waits for those that are yet to be written. */
  async read(from: number, to: number): Promise<void> {
    const { batchBytes, batchRecords, fetchBytes, topic } = this.options
    for (let next = from; next < to;) {
      const wanted = Math.min(fetchBytes, (to - next) * batchBytes)
      const frame = KafkaFrames.fetch(topic, 0, next * batchRecords, wanted)
      // All else in an answer is much less than a batch.
      const came = Math.floor(await this.client.ask(frame) / batchBytes)
      if (came > 0) this.answers++
      this.batches += came
      next += came
    }
  }

  close(): void {
    this.client.close()
  }
}
