// The command line as a program: what it prints where, and with which code it ends.
import { execFile } from "node:child_process"
import * as path from "node:path"

export const main = path.join(import.meta.dirname, "..", "..", "dist", "main.js")

export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs `mymq` with these arguments against a broker, and nothing of the environment that colours it. */
export const mymq = (
  bootstrap: string,
  ...given: ReadonlyArray<string>
): Promise<Ended> => fed("", bootstrap, ...given)

/** The same with something on stdin. */
export const fed = (
  input: string | Uint8Array,
  bootstrap: string,
  ...given: ReadonlyArray<string>
): Promise<Ended> =>
  new Promise((resolve) => {
    const env = { ...process.env, FORCE_COLOR: "", MYMQ_BOOTSTRAP: bootstrap }
    const child = execFile(process.execPath, [main, ...given], { env }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }))
    // A program that does not read its input may be gone before it is written.
    child.stdin!.on("error", () => {})
    child.stdin!.end(input)
  })

/** Rows of a table without its header, as cells. */
export const rows = (table: string): ReadonlyArray<ReadonlyArray<string>> =>
  table.trimEnd().split("\n").slice(1).map((line) => line.trim().split(/ {2,}/))
