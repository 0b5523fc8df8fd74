// What the doctor says of a data directory: findings, each with its level, its place and what to do.

/**
 * "note": nothing is wrong; "warning": the next start of a broker mends it; "error": data is damaged,
 * or a broker would refuse the directory.
 */
export type Level = "note" | "warning" | "error"
export type Verdict = "ok" | Level

export interface Finding {
  readonly level: Level
  /** Within the data directory. */
  readonly file: string
  /** Byte in the file. */
  readonly position?: number | undefined
  /** Of the record or batch that it is about. */
  readonly offset?: number | undefined
  readonly detail: string
  /** What to do, or what will happen by itself. */
  readonly advice?: string | undefined
}

export interface PartitionReport {
  readonly partition: string
  readonly segments: number
  readonly records: number
  readonly bytes: number
  /** From where to where its records reach; the last is where the next one would go. */
  readonly logStartOffset: number
  readonly logEndOffset: number
  /** Of the youngest record; -1 where there is none. */
  readonly maxTimestamp: number
  readonly verdict: Verdict
  readonly findings: ReadonlyArray<Finding>
}

/** How the last broker left the directory; "running" when one has it. */
export type LastStop = "clean" | "unclean" | "running"

export interface DirectoryReport {
  readonly directory: string
  readonly clusterId: string | undefined
  readonly nodeId: number | undefined
  readonly lastStop: LastStop
  /** Those that are no single partition's. */
  readonly findings: ReadonlyArray<Finding>
}

export interface Summary {
  readonly partitions: number
  readonly segments: number
  readonly records: number
  readonly bytes: number
  readonly errors: number
  readonly warnings: number
  readonly notes: number
  readonly verdict: Verdict
}

const ORDER: ReadonlyArray<Verdict> = ["ok", "note", "warning", "error"]

/** The worst of them. */
export const verdictOf = (findings: Iterable<Finding>): Verdict => {
  let worst: Verdict = "ok"
  for (const { level } of findings) {
    if (ORDER.indexOf(level) > ORDER.indexOf(worst)) worst = level
  }
  return worst
}

export const summaryOf = (
  findings: ReadonlyArray<Finding>,
  partitions: ReadonlyArray<PartitionReport>
): Summary => {
  const all = [...findings, ...partitions.flatMap((partition) => partition.findings)]
  const count = (level: Level): number => all.filter((finding) => finding.level === level).length
  const sum = (of: (partition: PartitionReport) => number): number =>
    partitions.reduce((total, partition) => total + of(partition), 0)
  return {
    partitions: partitions.length,
    segments: sum(({ segments }) => segments),
    records: sum(({ records }) => records),
    bytes: sum(({ bytes }) => bytes),
    errors: count("error"),
    warnings: count("warning"),
    notes: count("note"),
    verdict: verdictOf(all)
  }
}
