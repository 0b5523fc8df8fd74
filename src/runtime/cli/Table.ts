// Rows for people: columns of one width, numbers to the right, two spaces between. What can be parsed
// is --json; this only has to be easy on the eye.
import * as CliOutput from "effect/cli/CliOutput"

export type Cell = string | number

/** What a column is called; "right" for those that hold numbers. */
export interface Column {
  readonly name: string
  readonly align?: "left" | "right" | undefined
  /** At least so wide: for tables of which not all rows are known when the first is told. */
  readonly width?: number | undefined
}

/** How wide each column must be for its name and these rows. */
export const widths = (
  columns: ReadonlyArray<Column>,
  rows: ReadonlyArray<ReadonlyArray<Cell>>
): ReadonlyArray<number> =>
  columns.map(({ name, width = 0 }, i) =>
    rows.reduce(
      (widest, row) => Math.max(widest, widthOf(row[i] ?? "")),
      Math.max(width, widthOf(name))
    )
  )

/** One row, without the end of the line. */
export const row = (
  columns: ReadonlyArray<Column>,
  widths: ReadonlyArray<number>,
  cells: ReadonlyArray<Cell>
): string =>
  columns.map(({ align = "left" }, i) => {
    const cell = cells[i] ?? ""
    const space = " ".repeat(Math.max(0, widths[i]! - widthOf(cell)))
    return align === "right" ? `${space}${cell}` : `${cell}${space}`
  }).join("  ").trimEnd()

/** The names of the columns, bold where that can be seen. */
export const header = (
  columns: ReadonlyArray<Column>,
  widths: ReadonlyArray<number>,
  isStyled: boolean
): string => {
  const names = row(columns, widths, columns.map(({ name }) => name))
  return isStyled ? `\x1b[1m${names}\x1b[0m` : names
}

/** The whole table, each line ended. */
export const format = (
  columns: ReadonlyArray<Column>,
  rows: ReadonlyArray<ReadonlyArray<Cell>>,
  isStyled: boolean
): string => {
  const wide = widths(columns, rows)
  return [header(columns, wide, isStyled), ...rows.map((cells) => row(columns, wide, cells)), ""]
    .join("\n")
}

const widthOf = (cell: Cell): number => CliOutput.displayWidth(String(cell))
