// What the names in a partition's directory say: its segments as the next start will find them (a swap of
// compaction that was broken off is looked at as if it were finished), snapshots, and what else lies there.
import * as SegmentName from "../../../domain/log/SegmentName.ts"
import * as PartitionDirectory from "../../../layers/storage/PartitionDirectory.ts"
import * as SegmentSwap from "../../../layers/storage/SegmentSwap.ts"
import type { Finding } from "./Finding.ts"

export interface SegmentFiles {
  readonly baseOffset: number
  /** Of its log. */
  readonly name: string
  /** Undefined where there is none, or will be none after the next start. */
  readonly offsetIndex: string | undefined
  readonly timeIndex: string | undefined
}

export interface Sorted {
  /** Oldest first. */
  readonly segments: ReadonlyArray<SegmentFiles>
  /** Offsets of producer snapshots. */
  readonly snapshots: ReadonlyArray<number>
  readonly findings: ReadonlyArray<Finding>
}

const { CLEANED_SUFFIX, DELETED_SUFFIX, LOG_SUFFIX, OFFSET_INDEX_SUFFIX, SNAPSHOT_SUFFIX } =
  SegmentName
const { TIME_INDEX_SUFFIX } = SegmentName

export const sort = (directory: string, names: ReadonlyArray<string>): Sorted => {
  const swaps = names.flatMap((name) => SegmentName.parseSwap(name) ?? [])
  const kept = names.filter((name) => !swaps.some((swap) => SegmentSwap.isReplaced(name, swap)))
  const has = (name: string): string | undefined => kept.includes(name) ? name : undefined
  const segments: Array<SegmentFiles> = swaps.map((swap) => ({
    baseOffset: swap.baseOffset,
    name: SegmentName.formatSwap(swap),
    offsetIndex: undefined,
    timeIndex: undefined
  }))
  const snapshots: Array<number> = []
  for (const name of kept) {
    const baseOffset = SegmentName.parse(name, LOG_SUFFIX)
    if (baseOffset !== undefined) {
      const offsetIndex = has(SegmentName.format(baseOffset, OFFSET_INDEX_SUFFIX))
      const timeIndex = has(SegmentName.format(baseOffset, TIME_INDEX_SUFFIX))
      segments.push({ baseOffset, name, offsetIndex, timeIndex })
    }
    const snapshot = SegmentName.parse(name, SNAPSHOT_SUFFIX)
    if (snapshot !== undefined) snapshots.push(snapshot)
  }
  return {
    segments: segments.sort((a, b) => a.baseOffset - b.baseOffset),
    snapshots: snapshots.sort((a, b) => a - b),
    findings: [
      ...LEFTOVERS.flatMap((suffix) => leftovers(directory, kept, suffix)),
      ...kept.flatMap((name) => {
        const finding = oddity(name, segments)
        return finding === undefined ? [] : { ...finding, file: `${directory}/${name}` }
      })
    ]
  }
}

/** Ends of the names of files that the next start removes. */
const LEFTOVERS = [DELETED_SUFFIX, CLEANED_SUFFIX, ".tmp"]

/** One note for all of a kind: a compaction leaves hundreds. */
const leftovers = (
  directory: string,
  names: ReadonlyArray<string>,
  suffix: string
): ReadonlyArray<Finding> => {
  const left = names.filter((name) => name.endsWith(suffix))
  if (left.length === 0) return []
  const others = left.length === 1 ? "" : `, with ${left.length - 1} other files "${suffix}"`
  return [{
    level: "note",
    file: `${directory}/${left[0]!}`,
    detail: `what a broker left behind that was stopped at work${others}`,
    advice: "The next start removes that."
  }]
}

/** What is to be said of a file because of its name. */
const oddity = (
  name: string,
  segments: ReadonlyArray<SegmentFiles>
): Omit<Finding, "file"> | undefined => {
  if (LEFTOVERS.some((suffix) => name.endsWith(suffix))) return undefined
  const swap = SegmentName.parseSwap(name)
  if (swap !== undefined) {
    return {
      level: "note",
      detail: `a compaction of what lies before offset ${swap.endOffset} was broken off`,
      advice: "The next start finishes it."
    }
  }
  const base = SegmentName.parse(name, OFFSET_INDEX_SUFFIX) ??
    SegmentName.parse(name, TIME_INDEX_SUFFIX)
  if (base !== undefined) {
    return segments.some(({ baseOffset }) => baseOffset === base)
      ? undefined
      : { level: "note", detail: "an index without its log", advice: "It may be removed." }
  }
  const isKnown = name === PartitionDirectory.METADATA || name === PartitionDirectory.EPOCHS ||
    SegmentName.parse(name, LOG_SUFFIX) !== undefined ||
    SegmentName.parse(name, SNAPSHOT_SUFFIX) !== undefined
  return isKnown ? undefined : {
    level: "note",
    detail: "it is no file of a log",
    advice: "Brokers leave it alone."
  }
}
