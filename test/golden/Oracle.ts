// The door to test/oracle/kafka.sh from TypeScript: Apache Kafka started for a capture, its
// tools run, its table of API names read.
import { execFile, spawn } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { promisify } from "node:util"

const SCRIPT = path.join(import.meta.dirname, "..", "oracle", "kafka.sh")
const COMMAND_TIME_MAX_MS = 60_000

const execute = promisify(execFile)

/** Runs a program to its end, with this text for its input, and gives what it printed. */
export const run = async (
  program: string,
  argv: ReadonlyArray<string>,
  options: { readonly input?: string; readonly env?: Readonly<Record<string, string>> } = {}
): Promise<string> => {
  const running = execute(program, argv, {
    timeout: COMMAND_TIME_MAX_MS,
    env: { ...process.env, ...options.env },
    maxBuffer: 1 << 26
  })
  running.child.stdin?.end(options.input ?? "")
  return (await running).stdout
}

/** A tool of Kafka's by its class. */
export const tool = (name: string, argv: ReadonlyArray<string>, input?: string): Promise<string> =>
  run(SCRIPT, ["tool", name, ...argv], input === undefined ? {} : { input })

/** Starts the broker and tells clients to come to the port advertised. */
export const start = (
  port: number,
  advertisedPort: number,
  directory: string
): Promise<string> => {
  // Inherited pipes would stay open as long as the broker lives, so the script gets none.
  const env = { ...process.env, ORACLE_ADVERTISED: `127.0.0.1:${advertisedPort}` }
  const child = spawn(SCRIPT, ["start", String(port), directory], { env, stdio: "inherit" })
  return new Promise((resolve, reject) => {
    child.on("error", reject)
    child.on(
      "exit",
      (code) => code === 0 ? resolve(directory) : reject(new Error(`kafka.sh start: ${code}`))
    )
  })
}

export const stop = (): Promise<string> => run(SCRIPT, ["stop"])

/** API names by key, read from the broker's own message definitions. */
export const apiNames = async (directory: string): Promise<ReadonlyMap<number, string>> => {
  await run(SCRIPT, ["messages", directory])
  return new Map(
    fs.readdirSync(directory).filter((file) => file.endsWith("Request.json")).flatMap((file) => {
      const text = fs.readFileSync(path.join(directory, file), "utf8")
      const [, key] = /"apiKey": *(\d+)/.exec(text) ?? []
      return key === undefined
        ? []
        : [[Number(key), file.slice(0, -"Request.json".length)] as const]
    })
  )
}
