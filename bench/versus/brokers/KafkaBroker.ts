// Apache Kafka as a program to be measured: a single node on an empty directory, with the flags of its own
// scripts and its default settings, where the oracle has it. Clocks start after the directory is formatted.
import { execFile, spawn, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as net from "node:net"
import * as os from "node:os"
import * as path from "node:path"
import { promisify } from "node:util"
import type * as Programs from "../Programs.ts"
import * as Flags from "./Flags.ts"
import * as Script from "./Script.ts"

const script = path.join(import.meta.dirname, "..", "..", "..", "test", "oracle", "kafka.sh")

/**
 * What the oracle changes for short tests is as it is in Kafka without settings. Only the files of
 * a removed topic go soon, as ours do, so that no run pays for the one before it.
 */
const DEFAULTS = `offsets.topic.num.partitions=50
transaction.state.log.num.partitions=50
group.initial.rebalance.delay.ms=3000
log.segment.delete.delay.ms=1000
`

/** Of the Kafka that is here; undefined where there is none. */
export const version = (): string | undefined => {
  const { status, stdout } = spawnSync("bash", [script, "here"], { encoding: "utf8" })
  return status === 0 ? stdout.trim() : undefined
}

export const HOW_TO_GET = "Apache Kafka is not measured beside it: `test/oracle/kafka.sh fetch` " +
  "brings it (it needs Java 17 and Maven)."

/** An empty directory that Kafka can be started on, and the port that it will have. */
export interface Place {
  readonly directory: string
  readonly port: number
}

const environment = ({ directory }: Place): NodeJS.ProcessEnv => ({
  ...process.env,
  ORACLE_JVM: "shipped",
  ORACLE_PROPERTIES: path.join(directory, "defaults.properties")
})

const arguments_ = (command: string, { directory, port }: Place): ReadonlyArray<string> => [
  script,
  command,
  String(port),
  directory
]

export const format = async (): Promise<Place> => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "kafka-bench-"))
  const place = { directory, port: await freePort() }
  fs.writeFileSync(path.join(directory, "defaults.properties"), DEFAULTS)
  await promisify(execFile)("bash", arguments_("format", place), { env: environment(place) })
  return place
}

/** Begins it; who asks for its metadata learns when it answers. */
export const launch = (place: Place): Programs.Program => {
  const { directory, port } = place
  const output = fs.openSync(path.join(directory, "broker.txt"), "w")
  const child = spawn("bash", arguments_("run", place), {
    env: environment(place),
    stdio: ["ignore", output, output]
  })
  fs.closeSync(output)
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()))
  const end = (): Promise<void> => {
    child.kill("SIGTERM")
    return exited
  }
  return {
    pid: child.pid!,
    port,
    directory: path.join(directory, "log"),
    end,
    stop: async () => {
      await end()
      fs.rmSync(directory, { recursive: true, force: true })
    }
  }
}

/** One of Kafka's tools with the heap of its script. */
export const tool = (name: string, flags: Flags.Flags): Promise<Script.Told> =>
  Script.run(script, ["tool", name, ...Flags.words(flags)], { ORACLE_JVM: "shipped" })

/** With the one after it free too: that is the controller's. */
const freePort = async (): Promise<number> => {
  for (;;) {
    const port = await listenOn(0)
    if (port !== undefined && await listenOn(port + 1) !== undefined) return port
  }
}

const listenOn = (port: number): Promise<number | undefined> =>
  new Promise((resolve) => {
    const server = net.createServer()
    server.once("error", () => resolve(undefined))
    server.listen(port, "127.0.0.1", () => {
      const { port } = server.address() as net.AddressInfo
      server.close(() => resolve(port))
    })
  })
