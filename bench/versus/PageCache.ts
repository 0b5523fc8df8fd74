// What of a file lies in the page cache, and how to take it out: by GNU's `dd`, which asks the kernel with
// posix_fadvise, and util-linux's `fincore`. Linux only; what was not yet written to the device stays.
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"

const filesOf = (directory: string): ReadonlyArray<string> =>
  fs.readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map((name) => path.join(directory, name))
    .filter((file) => fs.statSync(file).isFile())

export const drop = (directory: string): void => {
  for (const file of filesOf(directory)) {
    execFileSync("dd", [`if=${file}`, "iflag=nocache", "count=0", "status=none"])
  }
}

/** The share of the bytes of all files; undefined where fincore is not installed. */
export const share = (directory: string): number | undefined => {
  const files = filesOf(directory).filter((file) => fs.statSync(file).size > 0)
  try {
    const told = execFileSync("fincore", ["--bytes", "--noheadings", "--output", "RES", ...files])
    const resident = told.toString().trim().split(/\s+/).reduce(
      (sum, each) => sum + Number(each),
      0
    )
    return resident / files.reduce((sum, file) => sum + fs.statSync(file).size, 0)
  } catch {
    return undefined
  }
}
