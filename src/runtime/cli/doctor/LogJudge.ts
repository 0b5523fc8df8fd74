// The judging of a partition's log, apart from reading it: what was found in the segments is held against
// each other and against the checkpoints. The measure is what the next start of a broker does
// (LogRecovery): what it mends without a loss that was not to be expected is a warning, all else an error.
import type { Finding } from "./Finding.ts"
import type { Damage, Walked } from "./SegmentWalk.ts"

/** What is known of a partition beside its own directory. */
export interface Expected {
  /** The last broker stopped in good order: files are believed at the next start, and are whole. */
  readonly isClean: boolean
  readonly mayHaveHoles: boolean
  /** From the checkpoints; undefined where they do not tell of the partition. */
  readonly recoveryPoint: number | undefined
  readonly logStartOffset: number | undefined
  readonly cleanedTo: number | undefined
}

export interface WalkedSegment extends Walked {
  readonly baseOffset: number
  /** Within the data directory. */
  readonly file: string
  readonly sizeBytes: number
}

/** From this segment on the next start reads through all and mends it. */
export const scannedFrom = (
  baseOffsets: ReadonlyArray<number>,
  { isClean, recoveryPoint = 0 }: Expected
): number =>
  isClean
    ? baseOffsets.length
    : Math.max(0, baseOffsets.findLastIndex((baseOffset) => baseOffset <= recoveryPoint))

export const judge = (
  partition: string,
  segments: ReadonlyArray<WalkedSegment>,
  expected: Expected
): ReadonlyArray<Finding> => [
  ...segments.flatMap((segment, i) => {
    const scanned = scannedFrom(segments.map(({ baseOffset }) => baseOffset), expected)
    const isLast = i === segments.length - 1
    return segment.damages.map((damage) =>
      judgeDamage(segment, damage, isLast, i >= scanned || isLast, expected)
    )
  }),
  ...segments.flatMap((segment, i) => judgeBorder(segment, segments[i + 1], expected)),
  ...judgeCheckpoints(partition, segments, expected)
]

/** Whether the broker compacts topics that do not say so is not written in its directory. */
const COMPACTED =
  "Compaction leaves holes: if the broker's log.cleanup.policy is compact, look again " +
  "with --compacted."

/** A batch that is not sound. */
const judgeDamage = (
  { file, sizeBytes }: WalkedSegment,
  damage: Damage,
  isLast: boolean,
  isScanned: boolean,
  { isClean, recoveryPoint = 0 }: Expected
): Finding => {
  const { isFollowed, offset, position, reason, resumed } = damage
  const lost = sizeBytes - position
  const isTornTail = isLast && !isFollowed && !isClean && offset >= recoveryPoint
  const place = { file, position, offset }
  if (isTornTail) {
    return {
      ...place,
      level: "warning",
      detail: reason,
      advice:
        `The broker was stopped while it wrote: the next start cuts the last ${lost} bytes off.`
    }
  }
  const isGap = resumed?.position === position && resumed.offset > offset
  const extent = resumed === undefined
    ? `nothing can be read in the ${lost} bytes from here to the end of the file`
    : resumed.position === position
    ? `the offsets from ${offset} on are not as they should be`
    : `sound batches go on at byte ${resumed.position} with offset ${resumed.offset}`
  return {
    ...place,
    level: "error",
    detail: `${reason}; ${extent}`,
    advice: isGap
      ? COMPACTED
      : isScanned
      ? "The next start of a broker cuts the log at this place, and what lies behind it is gone: " +
        "copy the directory first, or put back a copy of this file."
      : "Records here cannot be read. Put back a copy of this file, or let consumers go on behind it."
  }
}

/** The end of a segment and the base of the next. */
const judgeBorder = (
  segment: WalkedSegment,
  next: WalkedSegment | undefined,
  { mayHaveHoles }: Expected
): ReadonlyArray<Finding> => {
  const { nextOffset } = segment
  if (next === undefined || nextOffset === next.baseOffset) return []
  const place = { level: "error", file: next.file, offset: next.baseOffset } as const
  if (nextOffset > next.baseOffset) {
    return [{
      ...place,
      detail: `the segment before it ends with offset ${nextOffset - 1}, and reaches into this one`,
      advice: "Put back a copy of the partition."
    }]
  }
  // What is lost with damage at the end was told with it.
  if (mayHaveHoles || segment.damages.at(-1)?.isFollowed === false) return []
  return [{
    ...place,
    detail: `the records of offsets ${nextOffset} to ${next.baseOffset - 1} are missing before it`,
    advice:
      "Put back a copy of the segment before it: after a stop that is not clean the next start " +
      `may remove this segment and all later ones. ${COMPACTED}`
  }]
}

const judgeCheckpoints = (
  partition: string,
  segments: ReadonlyArray<WalkedSegment>,
  { cleanedTo = 0, logStartOffset = 0, recoveryPoint = 0 }: Expected
): ReadonlyArray<Finding> => {
  const logEndOffset = segments.at(-1)?.nextOffset ?? 0
  const place = { file: segments.at(-1)?.file ?? partition, offset: logEndOffset }
  if (logStartOffset > logEndOffset) {
    return [{
      ...place,
      level: "warning",
      detail: `the log ends at offset ${logEndOffset}, before its start, ${logStartOffset}`,
      advice: `The next start begins it anew at ${logStartOffset}: all before that was deleted.`
    }]
  }
  const findings: Array<Finding> = []
  // Of damage in the last segment it was told already what is lost with it.
  if (recoveryPoint > logEndOffset && (segments.at(-1)?.damages.length ?? 0) === 0) {
    findings.push({
      ...place,
      level: "error",
      detail:
        `the log ends here, but the records before offset ${recoveryPoint} were on the device`,
      advice: "Put back a copy of the partition: else the broker gives these offsets again."
    })
  }
  if (cleanedTo > logEndOffset) {
    findings.push({
      ...place,
      level: "warning",
      detail: `it is said to be compact up to offset ${cleanedTo}, which lies behind its end`,
      advice: "The next start corrects that."
    })
  }
  return findings
}
