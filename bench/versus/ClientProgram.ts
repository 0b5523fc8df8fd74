// Runs a client program as a process of its own, and gives the one line of JSON that it prints: a program of
// bench/versus/HeadlineLoad.ts beside its server, or another. PROFILE=DIR leaves the CPU profile of the first there.
import { execFile } from "node:child_process"
import * as path from "node:path"
import { promisify } from "node:util"
import type { Told } from "./HeadlineLoad.ts"
import * as Programs from "./Programs.ts"

const bench = path.join(import.meta.dirname, "..")

/** `node ARGS`; it ends with the bench. */
export const json = async (
  args: ReadonlyArray<string>,
  environment: Readonly<Record<string, string>> = {}
): Promise<unknown> => {
  const running = promisify(execFile)(process.execPath, args, {
    env: { ...process.env, ...environment }
  })
  Programs.endsWithUs(running.child)
  return JSON.parse((await running).stdout)
}

/** `file`: from bench/ on. */
export const run = async (
  file: string,
  server: Programs.Program,
  environment: Readonly<Record<string, string>> = {}
): Promise<Told> => {
  const profile = process.env["PROFILE"] ?? ""
  const args = [
    ...(profile === "" ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile}`]),
    path.join(bench, file),
    ...[server.port, server.pid, server.directory].map(String)
  ]
  return await json(args, { PROFILE: "", ...environment }) as Told
}
