// The built broker as a process of its own, on a directory of its own: started, killed and started
// again on the same port, so that clients which no one here wrote can be let loose on it.
import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"

const root = path.join(import.meta.dirname, "..", "..")
const READY_MS = 30_000

/** Certificates of test/fixtures/tls. */
export const tls = (name: string): string => path.join(root, "test", "fixtures", "tls", name)

export interface Place {
  readonly name: string
  readonly host: string
  readonly port: number
}

export class BrokerProcess {
  readonly directory: string
  /** What it said on stderr, all its lives together. */
  log = ""
  private places: ReadonlyArray<Place> = []
  private child: ChildProcess | undefined
  private readonly configs: Readonly<Record<string, string>>

  private constructor(configs: Readonly<Record<string, string>>) {
    this.directory = fs.mkdtempSync(path.join(os.tmpdir(), "mymq-broker-"))
    this.configs = configs
  }

  /** Settings by their Kafka names; listeners default to a free port. */
  static async start(configs: Readonly<Record<string, string>> = {}): Promise<BrokerProcess> {
    const broker = new BrokerProcess({
      listeners: "PLAINTEXT://127.0.0.1:0",
      ...configs
    })
    await broker.launch(broker.configs)
    return broker
  }

  get pid(): number {
    return this.child!.pid!
  }

  /** Whether the process is alive. */
  get isRunning(): boolean {
    return this.child !== undefined && this.child.exitCode === null &&
      this.child.signalCode === null
  }

  /** "127.0.0.1:43211" of the listener of that name. */
  address(name = "PLAINTEXT"): string {
    const place = this.places.find((place) => place.name === name)
    if (place === undefined) throw new Error(`the broker has no listener ${name}`)
    return `${place.host}:${place.port}`
  }

  /** Starts again where it was, on the same ports. */
  restart(): Promise<void> {
    const listeners = this.places.map(({ host, name, port }) => `${name}://${host}:${port}`)
    return this.launch({ ...this.configs, listeners: listeners.join(",") })
  }

  /** SIGTERM; gives the exit code. */
  stop(): Promise<number | null> {
    return this.end("SIGTERM")
  }

  kill9(): Promise<number | null> {
    return this.end("SIGKILL")
  }

  /** Ends the process, whatever it does, and removes its data. */
  async dispose(): Promise<void> {
    if (this.isRunning) await this.kill9()
    fs.rmSync(this.directory, { recursive: true, force: true })
  }

  private end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.child!
    return new Promise((resolve) => {
      if (!this.isRunning) return resolve(child.exitCode)
      child.once("exit", (code) => resolve(code))
      child.kill(signal)
    })
  }

  private launch(configs: Readonly<Record<string, string>>): Promise<void> {
    const settings = Object.entries({ "log.dirs": this.directory, ...configs })
    const args = settings.flatMap(([name, value]) => ["--set", `${name}=${value}`])
    const child = spawn(process.execPath, [path.join(root, "dist", "main.js"), ...args], {
      cwd: this.directory,
      stdio: ["ignore", "pipe", "pipe"]
    })
    this.child = child
    child.stderr.on("data", (chunk: Buffer) => {
      this.log += chunk.toString()
    })
    return new Promise((resolve, reject) => {
      let output = ""
      const late = setTimeout(() => reject(new Error(`not ready: ${output}${this.log}`)), READY_MS)
      child.stdout.on("data", (chunk: Buffer) => {
        output += chunk.toString()
        const match = /listening on (.+), data in /.exec(output)
        if (match === null) return
        clearTimeout(late)
        this.places = match[1]!.split(", ").map((text) => {
          const [, name, host, port] = /^(\w+):\/\/(.+):(\d+)$/.exec(text)!
          return { name: name!, host: host!, port: Number(port) }
        })
        resolve()
      })
      child.once("exit", (code) => {
        clearTimeout(late)
        reject(new Error(`the broker ended with ${code}: ${output}${this.log}`))
      })
    })
  }
}

/** Whether a program can be run here. */
export const has = (program: string, ...args: ReadonlyArray<string>): boolean => {
  try {
    execFileSync(program, args, { stdio: "ignore" })
    return true
  } catch {
    return false
  }
}

export const hasKcat = has("kcat", "-V")
export const hasConfluent = has("/usr/bin/python3", "-c", "import confluent_kafka")
