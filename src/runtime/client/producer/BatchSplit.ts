// Two batches of one that is too large for its broker: the same records, callbacks and numbers, each half of
// them. A half that is still too large is split again when the broker says so.
import * as Record from "../../../domain/record/Record.ts"
import * as RecordBatch from "../../../domain/record/RecordBatch.ts"
import type { ProducerBatch } from "./ProducerBatch.ts"

/** `make` gives empty batches of the same partition. */
export const halves = (
  batch: ProducerBatch,
  make: () => ProducerBatch
): ReadonlyArray<ProducerBatch> => {
  const records = Record.ofBatch(batch.builder.seal({}), 0)
  const middle = Math.ceil(records.length / 2)
  return [records.slice(0, middle), records.slice(middle)].map((half, i) => {
    const part = make()
    const first = i * middle
    part.orderSpan = batch.orderSpan / 2
    part.order = batch.order + i * part.orderSpan
    part.createdMs = batch.createdMs
    part.attempts = batch.attempts
    for (let k = 0; k < half.length; k++) {
      const { headers, key, timestamp, value } = half[k]!
      const names = headers.map(({ key, value }) => [key, value] as const)
      part.append(timestamp, key, value, names, batch.callbackOf(first + k))
    }
    if (batch.identity !== undefined) {
      const sequence = RecordBatch.addSequence(batch.baseSequence, first)
      part.number(batch.identity, sequence)
    }
    // Whoever waits for the whole waits for the last of it.
    if (i === 1) part.onSettled = batch.onSettled
    return part
  })
}
