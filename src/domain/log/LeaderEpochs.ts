// Who led a partition from which offset on, oldest first. Consumers and followers ask where an epoch
// ended, to find out whether what they have read is still part of the log.
// Source: Kafka's LeaderEpochFileCache.endOffsetFor.
import { type LeaderEpoch, NO_EPOCH, NO_OFFSET, type Offset } from "../Offset.ts"
import type { EpochStart } from "./Checkpoint.ts"

export interface EpochEnd {
  readonly leaderEpoch: LeaderEpoch
  /** The first offset that is not of this epoch any more. */
  readonly endOffset: Offset
}

const UNKNOWN: EpochEnd = { leaderEpoch: NO_EPOCH, endOffset: NO_OFFSET }

/**
 * Where `asked` ended. Of an epoch that nobody led in, the one before it is told; of one that is
 * older than the log, where the log begins; of one that is yet to come, nothing.
 */
export const endOf = (
  epochs: ReadonlyArray<EpochStart>,
  asked: LeaderEpoch,
  logEndOffset: Offset
): EpochEnd => {
  if (asked === NO_EPOCH) return UNKNOWN
  if (epochs.at(-1)?.epoch === asked) return { leaderEpoch: asked, endOffset: logEndOffset }
  const next = epochs.find(({ epoch }) => epoch > asked)
  if (next === undefined) return UNKNOWN
  const last = epochs.findLast(({ epoch }) => epoch <= asked)
  return { leaderEpoch: last?.epoch ?? asked, endOffset: next.startOffset }
}
