// From an answer to Produce to what becomes of its batches, each judged on its own (ProduceVerdict).
import { Produce } from "../../../domain/protocol/Produce.ts"
import type * as Api from "../../../domain/wire/Api.ts"
import * as ClientError from "../ClientError.ts"
import type { ProducerBatch } from "./ProducerBatch.ts"
import * as ProduceRequest from "./ProduceRequest.ts"
import * as ProduceVerdict from "./ProduceVerdict.ts"

/** What can be done with a batch. */
export interface Outcomes {
  readonly finish: (
    batch: ProducerBatch,
    error: ClientError.ClientError | undefined,
    baseOffset?: number,
    appendTimeMs?: number
  ) => void
  /** `isDoubtful`: it may have been written all the same. */
  readonly retry: (
    batch: ProducerBatch,
    error: ClientError.ClientError,
    isDoubtful: boolean
  ) => void
  readonly renumber: (batch: ProducerBatch) => void
  readonly split: (batch: ProducerBatch) => void
  /** Another broker leads. */
  readonly onMoved: () => void
}

export const apply = (
  batches: ReadonlyArray<ProducerBatch>,
  response: Api.Response<typeof Produce>,
  outcomes: Outcomes
): void => {
  const answers = ProduceRequest.answersOf(batches, response)
  for (let i = 0; i < batches.length; i++) {
    const batch = batches[i]!
    const answer = answers[i]
    // Whoever pushed it was told already that time was over.
    if (batch.isDone) continue
    if (answer !== undefined) applyOne(batch, answer, outcomes)
    else {
      const detail = `the answer does not tell of ${batch.queue.topic}-${batch.queue.partition}`
      outcomes.finish(batch, ClientError.malformed(Produce.name, detail))
    }
  }
}

const applyOne = (
  batch: ProducerBatch,
  { baseOffset, errorCode, errorMessage, logAppendTimeMs }: ProduceRequest.PartitionAnswer,
  outcomes: Outcomes
): void => {
  const verdict = ProduceVerdict.of(errorCode, {
    isIdempotent: batch.identity !== undefined,
    isFirst: batch.queue.isFirst(batch),
    recordCount: batch.count
  })
  if (verdict === "done") return outcomes.finish(batch, undefined, baseOffset, logAppendTimeMs)
  if (verdict === "split") return outcomes.split(batch)
  const error = ClientError.refused(Produce.name, errorCode, errorMessage)
  if (verdict === "fail") return outcomes.finish(batch, error)
  if (verdict === "renumber") outcomes.renumber(batch)
  if (ProduceVerdict.isMoved(errorCode)) outcomes.onMoved()
  // Even a refusal may come after the writing: of a leader that waited for others in vain.
  outcomes.retry(batch, error, verdict !== "renumber")
}
