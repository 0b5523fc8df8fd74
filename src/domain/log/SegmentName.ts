// Files of a segment are named by the offset of its first record, in twenty digits, so that a
// directory listing is in log order. Source: Kafka's LogFileUtils.

export const LOG_SUFFIX = ".log"
export const OFFSET_INDEX_SUFFIX = ".index"
export const TIME_INDEX_SUFFIX = ".timeindex"
export const SNAPSHOT_SUFFIX = ".snapshot"
/** Added to a file's name when it may go; what still has it at start is removed. */
export const DELETED_SUFFIX = ".deleted"

/** Added to a file's name while compaction writes it; what still has it at start is removed. */
export const CLEANED_SUFFIX = ".cleaned"

/** "00000000000000000042.log" */
export const format = (baseOffset: number, suffix: string): string =>
  String(baseOffset).padStart(20, "0") + suffix

/** The base offset in a file's name; undefined when it has not that form. */
export const parse = (name: string, suffix: string): number | undefined => {
  const match = /^(\d{20})(\.[a-z]+)$/.exec(name)
  return match !== null && match[2] === suffix ? Number(match[1]) : undefined
}

/** What a swap puts in the place of all segments from the one offset to before the other. */
export interface Swap {
  readonly baseOffset: number
  readonly endOffset: number
}

/** "00000000000000000042.00000000000000000099.swap" */
export const formatSwap = ({ baseOffset, endOffset }: Swap): string =>
  `${format(baseOffset, ".")}${format(endOffset, ".swap")}`

/** Undefined when the name has not that form. */
export const parseSwap = (name: string): Swap | undefined => {
  const match = /^(\d{20})\.(\d{20})\.swap$/.exec(name)
  return match === null
    ? undefined
    : { baseOffset: Number(match[1]), endOffset: Number(match[2]) }
}
