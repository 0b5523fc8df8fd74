// What every bench shares: smoke and real sizes, CPU and memory of another process, medians, and one
// way to print. `npm run bench -- NAME` runs the real sizes; the tests run every bench in smoke mode,
// so that none rots.
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"

/** Smoke mode: small enough for the tests, whose figures mean nothing. */
export const isSmoke = process.env["BENCH_SMOKE"] === "1"

/** `--json`: the last line of the output is one JSON document. */
export const isJson = process.argv.includes("--json")

let told: unknown
const tables: Array<ReadonlyArray<Readonly<Record<string, string | number>>>> = []

/** What a bench tells with --json; without it the rows of its tables. */
export const tell = (result: unknown): void => {
  told = result
}

/** The last line of a run with --json. */
export const json = (): string => JSON.stringify(told ?? { machine: machine(), tables })

/** A size of a bench: `real`, or `smoke` under the tests, or NAME=value from the environment. */
export const parameter = (name: string, smoke: number, real: number): number => {
  const given = process.env[name]
  return given === undefined ? (isSmoke ? smoke : real) : Number(given)
}

/** Clock ticks a second in /proc: 100 on every Linux that Node runs on. */
const TICKS_PER_S = 100

/** CPU seconds, user and system, that a process has used. Linux only. */
export const cpuSeconds = (pid: number): number => {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ")
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S
}

/** Resident memory of a process in MB (10^6 bytes). Linux only. */
export const residentMegabytes = (pid: number): number => {
  const match = /VmRSS:\s+(\d+) kB/.exec(fs.readFileSync(`/proc/${pid}/status`, "utf8"))
  return Number(match![1]) * 1024 / 1e6
}

/**
 * Makes sure that as much page cache can be had without asking the host for memory: a guest that
 * gives free pages back pays up to 2 s/GB for the first touch of each, which is then counted on
 * whoever happens to write first. A file of that size is written beside and removed.
 */
export const warmPages = (directory: string, bytes: number): void => {
  const path = `${directory}/warm`
  const piece = Buffer.alloc(1 << 20, 1)
  const file = fs.openSync(path, "w")
  for (let at = 0; at < bytes; at += piece.length) fs.writeSync(file, piece)
  fs.closeSync(file)
  fs.rmSync(path)
}

/**
 * What would disturb a measured run is done before it: what is dirty goes to the device, so that
 * the kernel does not write it meanwhile, and then there is memory for what will be written.
 */
export const rest = (directory: string, bytes: number): void => {
  execFileSync("sync")
  warmPages(directory, bytes)
}

export const median = (values: ReadonlyArray<number>): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

export const percentile = (values: ReadonlyArray<number>, fraction: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))]!
}

export const machine = (): string =>
  `${os.cpus().length} x ${os.cpus()[0]!.model}, Node ${process.versions.node}, ${os.release()}`

/** A table in Markdown, columns padded so that it reads in a terminal too. */
export const table = (rows: ReadonlyArray<Readonly<Record<string, string | number>>>): string => {
  tables.push(rows)
  const names = Object.keys(rows[0] ?? {})
  const text = rows.map((row) => names.map((name) => format(row[name]!)))
  const widths = names.map((name, i) =>
    Math.max(name.length, ...text.map((cells) => cells[i]!.length))
  )
  const line = (cells: ReadonlyArray<string>) =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |`
  return [line(names), line(widths.map((width) => "-".repeat(width))), ...text.map(line)].join("\n")
}

const format = (value: string | number): string =>
  typeof value === "string"
    ? value
    : Number.isInteger(value)
    ? String(value)
    : value.toPrecision(3)
