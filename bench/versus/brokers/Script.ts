// A client program that is not ours, run by its script: what it prints and what it cost in CPU, its children included.
import { execFile } from "node:child_process"
import { promisify } from "node:util"

export interface Told {
  readonly output: string
  readonly cpuSeconds: number
}

export const run = async (
  script: string,
  words: ReadonlyArray<string>,
  environment: NodeJS.ProcessEnv = {}
): Promise<Told> => {
  const { stderr, stdout } = await promisify(execFile)(
    "bash",
    ["-c", "TIMEFORMAT='%U %S'; time bash \"$@\"", "time", script, ...words],
    { env: { ...process.env, ...environment } }
  )
  const [user, system] = stderr.trim().split("\n").at(-1)!.split(" ").map(Number)
  return { output: stdout, cpuSeconds: user! + system! }
}
