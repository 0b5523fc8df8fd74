// One batch of records of 250 B, made once and sent again and again: for benches that look at the broker alone.
import { RecordBatchBuilder } from "../../src/domain/record/RecordBatchBuilder.ts"

export interface SampleBatch {
  readonly bytes: Buffer
  readonly records: number
}

const VALUE_BYTES = 250

/** As full as `bytesMax` allows, or of at most so many records. */
export const make = (bytesMax: number, recordsMax = Infinity): SampleBatch => {
  const builder = new RecordBatchBuilder({ bytesMax })
  const value = Buffer.alloc(VALUE_BYTES, "the quick brown fox jumps over the lazy dog ")
  while (builder.count < recordsMax && builder.append(Date.now(), null, value, [])) {
    // Until it is full.
  }
  const records = builder.count
  return { bytes: builder.seal({}), records }
}
