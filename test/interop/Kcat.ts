// kcat, run once: its arguments, what goes in, what comes out.
import { spawn } from "node:child_process"

export interface Output {
  readonly code: number | null
  readonly stdout: Buffer
  readonly stderr: string
}

export const kcat = (
  address: string,
  args: ReadonlyArray<string>,
  input: Buffer | string = ""
): Promise<Output> =>
  new Promise((resolve) => {
    const child = spawn("kcat", ["-b", address, "-X", "log_level=3", ...args])
    const stdout: Array<Buffer> = []
    let stderr = ""
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk))
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString()
    })
    child.stdin.on("error", () => {})
    child.stdin.end(input)
    const late = setTimeout(() => child.kill("SIGKILL"), 30_000)
    child.once("close", (code) => {
      clearTimeout(late)
      resolve({ code, stdout: Buffer.concat(stdout), stderr })
    })
  })
