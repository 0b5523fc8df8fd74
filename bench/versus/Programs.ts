// The programs that are measured, each as a process of its own: the broker, and the floor.
import { type ChildProcess, spawn } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"

const root = path.join(import.meta.dirname, "..", "..")

export interface Program {
  readonly pid: number
  readonly port: number
  readonly directory: string
  /** Ends the process. */
  readonly end: () => Promise<void>
  /** Ends the process and removes its data. */
  readonly stop: () => Promise<void>
}

export interface StartOptions {
  readonly environment?: Readonly<Record<string, string>>
  /** Of node itself, before the program. */
  readonly nodeArguments?: ReadonlyArray<string>
  /** A file for what it logs; else this program's own stderr. */
  readonly log?: string
}

/** `node dist/main.js` on a fresh directory; `npm run build` comes first. */
export const broker = (
  configs: Readonly<Record<string, string>> = {},
  options: StartOptions = {}
): Promise<Program> => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "mymq-bench-"))
  return start(
    directory,
    ["dist/main.js", ...sets({ "log.dirs": directory, ...configs })],
    /:(\d+), data/,
    options
  )
}

/** The same on a directory that is kept, for restarts. */
export const brokerOn = (
  directory: string,
  configs: Readonly<Record<string, string>> = {}
): Promise<Program> =>
  start(directory, ["dist/main.js", ...sets({ "log.dirs": directory, ...configs })], /:(\d+), data/)

/** `environment`: what bench/versus/floor.ts looks for in it. */
export const floor = (environment: Readonly<Record<string, string>> = {}): Promise<Program> => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "mymq-floor-"))
  return start(
    directory,
    ["bench/versus/floor.ts", path.join(directory, "log")],
    /^(\d+)$/m,
    { environment }
  )
}

const sets = (configs: Readonly<Record<string, string>>): ReadonlyArray<string> =>
  Object.entries({ listeners: "PLAINTEXT://127.0.0.1:0", ...configs })
    .flatMap(([name, value]) => ["--set", `${name}=${value}`])

const start = async (
  directory: string,
  args: ReadonlyArray<string>,
  ready: RegExp,
  { environment = {}, log, nodeArguments = [] }: StartOptions = {}
): Promise<Program> => {
  const stderr = log === undefined ? undefined : fs.openSync(log, "w")
  const child = spawn(process.execPath, [...nodeArguments, ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", stderr ?? "inherit"],
    env: { ...process.env, ...environment }
  })
  if (stderr !== undefined) fs.closeSync(stderr)
  const port = await portOf(child, ready)
  const end = (): Promise<void> =>
    new Promise((resolve) => {
      child.once("exit", () => resolve())
      child.kill("SIGTERM")
    })
  return {
    pid: child.pid!,
    port,
    directory,
    end,
    stop: async () => {
      await end()
      fs.rmSync(directory, { recursive: true, force: true })
    }
  }
}

const portOf = (child: ChildProcess, ready: RegExp): Promise<number> =>
  new Promise((resolve, reject) => {
    let output = ""
    child.stdout!.on("data", (chunk: Buffer) => {
      output += chunk.toString()
      const match = ready.exec(output)
      if (match !== null) resolve(Number(match[1]))
    })
    child.once("exit", (code) => reject(new Error(`the program ended with ${code}: ${output}`)))
  })
