// Files of a segment are named by the offset of its first record, in twenty digits, so that a
// directory listing is in log order. Source: Kafka's LogFileUtils.

export const LOG_SUFFIX = ".log"
export const OFFSET_INDEX_SUFFIX = ".index"
export const TIME_INDEX_SUFFIX = ".timeindex"
export const SNAPSHOT_SUFFIX = ".snapshot"
/** Added to a file's name when it may go; what still has it at start is removed. */
export const DELETED_SUFFIX = ".deleted"

/** "00000000000000000042.log" */
export const format = (baseOffset: number, suffix: string): string =>
  String(baseOffset).padStart(20, "0") + suffix

/** The base offset in a file's name; undefined when it has not that form. */
export const parse = (name: string, suffix: string): number | undefined => {
  const match = /^(\d{20})(\.[a-z]+)$/.exec(name)
  return match !== null && match[2] === suffix ? Number(match[1]) : undefined
}
