// Runs a program of bench/versus/HeadlineLoad.ts beside its server, as a process of its own, and gives what it
// says of its measured part. PROFILE=DIR leaves its CPU profile there.
import { execFile } from "node:child_process"
import * as path from "node:path"
import { promisify } from "node:util"
import type { Told } from "./HeadlineLoad.ts"
import type { Program } from "./Programs.ts"

const bench = path.join(import.meta.dirname, "..")

/** `file`: from bench/ on. */
export const run = async (
  file: string,
  server: Program,
  environment: Readonly<Record<string, string>> = {}
): Promise<Told> => {
  const profile = process.env["PROFILE"] ?? ""
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      ...(profile === "" ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile}`]),
      path.join(bench, file),
      ...[server.port, server.pid, server.directory].map(String)
    ],
    { env: { ...process.env, PROFILE: "", ...environment } }
  )
  return JSON.parse(stdout) as Told
}
