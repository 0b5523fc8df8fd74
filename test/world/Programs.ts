// Programs that people are shown, run as people run them: a process of its own, against a broker of its own.
import { type ChildProcess, spawn } from "node:child_process"
import * as path from "node:path"

const root = path.join(import.meta.dirname, "..", "..")

export interface ProgramOptions {
  /** The broker, as MYMQ_BOOTSTRAP. */
  readonly address: string
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

/** One that goes on until it is told to stop. */
export class Program {
  private readonly child: ChildProcess
  private output = ""
  private onOutput: () => void = () => {}
  readonly ended: Promise<number | null>

  constructor(file: string, { address, cwd = root, env = {} }: ProgramOptions) {
    this.child = spawn(process.execPath, [path.join(root, file)], {
      cwd,
      env: { ...process.env, ...env, MYMQ_BOOTSTRAP: address },
      stdio: ["ignore", "pipe", "pipe"]
    })
    const heard = (chunk: Buffer) => {
      this.output += chunk.toString()
      this.onOutput()
    }
    this.child.stdout!.on("data", heard)
    this.child.stderr!.on("data", heard)
    this.ended = new Promise((resolve) => this.child.once("close", resolve))
  }

  get said(): string {
    return this.output
  }

  /** What it has said by then; rejects when it ends before. */
  says(pattern: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      this.onOutput = () => {
        if (pattern.test(this.output)) resolve(this.output)
      }
      this.onOutput()
      void this.ended.then(() => reject(new Error(`it ended without ${pattern}:\n${this.output}`)))
    })
  }

  /** As by Ctrl-C. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGINT")
    await this.ended
  }
}

/** Runs one that ends by itself; gives what it said, and rejects when it fails. */
export const run = async (file: string, options: ProgramOptions): Promise<string> => {
  const program = new Program(file, options)
  const code = await program.ended
  if (code !== 0) throw new Error(`${file} ended with ${code}:\n${program.said}`)
  return program.said
}
