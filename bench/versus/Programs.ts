// The programs that are measured, each as a process of its own: the broker, and the floor. They end with the
// bench, however it ends.
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
): Promise<Program> => brokerOn(scratchDirectory(), configs, options)

/** The same on a directory that is kept, for restarts. */
export const brokerOn = (
  directory: string,
  configs: Readonly<Record<string, string>> = {},
  options: StartOptions = {}
): Promise<Program> =>
  start(
    directory,
    ["dist/main.js", ...sets({ "log.dirs": directory, ...configs })],
    /:(\d+), data/,
    options
  )

/** `environment`: what bench/versus/floor.ts looks for in it. */
export const floor = (environment: Readonly<Record<string, string>> = {}): Promise<Program> => {
  const directory = scratchDirectory()
  return start(
    directory,
    ["bench/versus/floor.ts", path.join(directory, "log")],
    /^(\d+)$/m,
    { environment }
  )
}

/** "name=value name=value". */
export const settings = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    text.split(/\s+/).filter((each) => each !== "").map((each) => {
      const [name = "", ...value] = each.split("=")
      return [name, value.join("=")]
    })
  )

/** What the environment sets of every broker beside what its bench does: BROKER_SET="NAME=VALUE ...". */
const alwaysSet = settings(process.env["BROKER_SET"] ?? "")

const sets = (configs: Readonly<Record<string, string>>): ReadonlyArray<string> =>
  Object.entries({ listeners: "PLAINTEXT://127.0.0.1:0", ...configs, ...alwaysSet })
    .flatMap(([name, value]) => ["--set", `${name}=${value}`])

const running = new Set<ChildProcess>()
const scratch = new Set<string>()

process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL")
  for (const directory of scratch) {
    fs.rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
  }
})
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1))

/** Has a program ended when the bench is, should it still run. */
export const endsWithUs = (child: ChildProcess): void => {
  running.add(child)
  child.once("exit", () => running.delete(child))
}

/** A directory that is gone when the bench ends, however it ends. TMPDIR says on which disk. */
export const scratchDirectory = (): string => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "mymq-bench-"))
  scratch.add(directory)
  return directory
}

export const removeScratch = (directory: string): void => {
  fs.rmSync(directory, { recursive: true, force: true })
  scratch.delete(directory)
}

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
  endsWithUs(child)
  const port = await portOf(child, ready)
  const end = (): Promise<void> =>
    new Promise((resolve) => {
      if (!running.has(child)) return resolve()
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
      removeScratch(directory)
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
