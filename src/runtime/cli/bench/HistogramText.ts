// A histogram of microseconds as lines of text: a row for each step of 1, 2, 5, 10, ... between the least
// and the largest, with a bar as long as its share.
import type { Histogram } from "./Histogram.ts"

const BAR_COLUMNS = 40
const STEPS = [1, 2, 5]

/** Each line ended; nothing for an empty histogram. */
export const format = (histogram: Histogram): string => {
  if (histogram.count === 0) return ""
  const rows = rowsOf(histogram)
  const most = Math.max(...rows.map((row) => row.count))
  const names = rows.map(({ high }) => `< ${milliseconds(high)} ms`)
  const nameColumns = Math.max(...names.map((name) => name.length))
  return rows.map(({ count }, i) => {
    const share = (100 * count / histogram.count).toFixed(1).padStart(5)
    // What came at all is seen.
    const bar = "#".repeat(count === 0 ? 0 : Math.max(1, Math.round(BAR_COLUMNS * count / most)))
    return `${names[i]!.padStart(nameColumns)}  ${share} %  ${bar}`.trimEnd()
  }).join("\n") + "\n"
}

interface Row {
  readonly high: number
  readonly count: number
}

const rowsOf = (histogram: Histogram): ReadonlyArray<Row> => {
  const rows: Array<Row> = []
  let low = 0
  for (let i = 0; low <= histogram.max; i++) {
    const high = STEPS[i % 3]! * 10 ** Math.floor(i / 3)
    const count = histogram.between(low, high)
    if (count > 0 || rows.length > 0) rows.push({ high, count })
    low = high
  }
  return rows
}

/** "0.05", "2", "1000": as short as it can be. */
const milliseconds = (micros: number): string => String(micros / 1000)
