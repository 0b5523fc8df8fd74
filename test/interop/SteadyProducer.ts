// A producer in a process of its own (members/steady_producer.py) that writes into every partition of a
// new topic at a steady rate until it is asked how much it wrote.
import { type ChildProcess, spawn } from "node:child_process"
import * as path from "node:path"
import * as readline from "node:readline"

type Line =
  | { readonly event: "ready" }
  | {
    readonly event: "closed"
    readonly ends: ReadonlyArray<number>
    readonly failed: ReadonlyArray<string>
  }

export interface SteadyTopic {
  readonly bootstrap: string
  readonly topic: string
  readonly partitions: number
  /** Records a second and partition. */
  readonly rate: number
}

export class SteadyProducer {
  private readonly child: ChildProcess
  private readonly ended: Promise<number | null>
  private last: Line | undefined
  private complaint = ""

  private constructor({ bootstrap, partitions, rate, topic }: SteadyTopic) {
    const script = path.join(import.meta.dirname, "members", "steady_producer.py")
    const args = [script, bootstrap, topic, String(partitions), String(rate)]
    this.child = spawn("/usr/bin/python3", args, { stdio: ["pipe", "pipe", "pipe"] })
    this.ended = new Promise((resolve) => this.child.once("close", (code) => resolve(code)))
    this.child.stderr!.on("data", (chunk: Buffer) => {
      this.complaint += chunk.toString()
    })
  }

  /** Resolves when the topic is there and writing begins. */
  static async start(topic: SteadyTopic): Promise<SteadyProducer> {
    const producer = new SteadyProducer(topic)
    const lines = readline.createInterface({ input: producer.child.stdout! })
    const ready = new Promise<void>((resolve) => {
      lines.on("line", (text) => {
        producer.last = JSON.parse(text) as Line
        resolve()
      })
    })
    await Promise.race([
      ready,
      producer.ended.then((code) => {
        throw new Error(`the producer ended with ${code}: ${producer.complaint}`)
      })
    ])
    return producer
  }

  /** Stops; gives how many records each partition has, all of them acknowledged. */
  async stop(): Promise<ReadonlyArray<number>> {
    this.child.stdin!.end()
    const code = await this.ended
    if (code !== 0 || this.last?.event !== "closed") {
      const failed = this.last?.event === "closed" ? this.last.failed.join("; ") : ""
      throw new Error(`the producer ended with ${code}: ${failed} ${this.complaint}`)
    }
    return this.last.ends
  }

  kill(): void {
    this.child.kill("SIGKILL")
  }
}
