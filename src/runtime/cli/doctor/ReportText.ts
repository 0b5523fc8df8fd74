// The doctor's report for people: what the directory is, a line a partition as soon as it was looked at,
// below it what was found with its place and what to do, and one line that sums up.
import * as Quantity from "../Quantity.ts"
import * as Table from "../Table.ts"
import type { DirectoryReport, Finding, PartitionReport, Summary } from "./Finding.ts"

const STYLES = { note: "\x1b[36m", warning: "\x1b[33m", error: "\x1b[31m" } as const
const LEVEL_WIDTH = "warning".length
const INDENT = " ".repeat(LEVEL_WIDTH + 4)

/** Not all rows are known when the first is told: numbers get room for what is usual. */
const columns = (names: ReadonlyArray<string>): ReadonlyArray<Table.Column> => [
  { name: "PARTITION", width: names.reduce((widest, { length }) => Math.max(widest, length), 0) },
  { name: "SEGMENTS", align: "right" },
  { name: "RECORDS", align: "right", width: 10 },
  { name: "SIZE", align: "right", width: 8 },
  { name: "OFFSETS", align: "right", width: 12 },
  { name: "VERDICT" }
]

/** `names` are those of all partitions that will be told of. */
export class ReportText {
  private readonly columns: ReadonlyArray<Table.Column>
  private readonly widths: ReadonlyArray<number>
  private readonly isStyled: boolean

  constructor(names: ReadonlyArray<string>, isStyled: boolean) {
    this.columns = columns(names)
    this.widths = Table.widths(this.columns, [])
    this.isStyled = isStyled
  }

  /** What comes before the partitions. */
  head({ clusterId, directory, findings, lastStop, nodeId }: DirectoryReport): string {
    const owner = clusterId === undefined ? "" : `, cluster ${clusterId}, node ${nodeId}`
    const stop = lastStop === "running"
      ? "a broker is using it"
      : `last stopped ${lastStop === "clean" ? "cleanly" : "without warning"}`
    const lines = [`${directory}: ${stop}${owner}`, ...findings.map((it) => this.finding(it, ""))]
    return `${lines.join("\n")}\n\n${Table.header(this.columns, this.widths, this.isStyled)}\n`
  }

  partition(report: PartitionReport): string {
    const { bytes, findings, logEndOffset, logStartOffset, partition } = report
    const verdict = this.styled(report.verdict, report.verdict)
    const offsets = `${logStartOffset}-${logEndOffset}`
    const { records, segments } = report
    const cells = [partition, segments, records, Quantity.bytes(bytes), offsets, verdict]
    const row = Table.row(this.columns, this.widths, cells)
    return [row, ...findings.map((it) => this.finding(it, `${partition}/`)), ""].join("\n")
  }

  summary({ bytes, errors, notes, partitions, records, segments, warnings }: Summary): string {
    const counts = [Quantity.count(errors, "error"), Quantity.count(warnings, "warning")]
    if (notes > 0) counts.push(Quantity.count(notes, "note"))
    const seen = [
      Quantity.count(partitions, "partition"),
      Quantity.count(segments, "segment"),
      Quantity.count(records, "record"),
      Quantity.bytes(bytes)
    ]
    return `\n${seen.join(", ")}: ${counts.join(", ")}\n`
  }

  /** The place is told without the directory when that stands in the line above. */
  private finding(
    { advice, detail, file, level, offset, position }: Finding,
    directory: string
  ): string {
    const name = file.startsWith(directory) ? file.slice(directory.length) : file
    const place = [
      name,
      ...(position === undefined ? [] : [`byte ${position}`]),
      ...(offset === undefined ? [] : [`offset ${offset}`])
    ].join(", ")
    const padded = this.styled(level, level.padEnd(LEVEL_WIDTH))
    const line = `  ${padded}  ${place}: ${detail}`
    return advice === undefined ? line : `${line}\n${INDENT}${advice}`
  }

  private styled(level: PartitionReport["verdict"], text: string): string {
    return this.isStyled && level !== "ok" ? `${STYLES[level]}${text}\x1b[0m` : text
  }
}
