// The load's process as the bench holds it: asked for samples, told to stop. When it ends before it was told
// to, everything that waits for it is rejected.
import { type ChildProcess, fork } from "node:child_process"
import * as path from "node:path"
import * as Programs from "../versus/Programs.ts"
import type { FromLoad, LoadEnd, LoadSample, ToLoad } from "./SoakMessages.ts"

type Kind = FromLoad["kind"]
type Of<K extends Kind> = Extract<FromLoad, { readonly kind: K }>

export class SoakLoad {
  private readonly child: ChildProcess
  private readonly waiting = new Map<Kind, (message: FromLoad) => void>()
  private readonly failed: Promise<never>

  constructor(port: number, nodeArguments: ReadonlyArray<string>) {
    this.child = fork(path.join(import.meta.dirname, "load.ts"), [String(port)], {
      execArgv: [...nodeArguments]
    })
    Programs.endsWithUs(this.child)
    this.child.on("message", (message: FromLoad) => {
      this.waiting.get(message.kind)?.(message)
      this.waiting.delete(message.kind)
    })
    this.failed = new Promise((_, reject) => {
      this.child.once("exit", (code, signal) => {
        reject(new Error(`the load has ended with ${code ?? signal}`))
      })
    })
    // It may be that nobody waits just then.
    this.failed.catch(() => {})
  }

  get pid(): number {
    return this.child.pid!
  }

  /** Its rate is found, and kept from here on. */
  paced(): Promise<Of<"paced">> {
    return this.heard("paced")
  }

  async sample(): Promise<LoadSample> {
    const heard = this.heard("sample")
    this.say("sample")
    return (await heard).sample
  }

  async stop(): Promise<LoadEnd> {
    const heard = this.heard("end")
    this.say("stop")
    return (await heard).end
  }

  /** Ends it whatever it does, if it is there. */
  kill(): void {
    if (this.child.exitCode === null) this.child.kill("SIGKILL")
  }

  snapshotHeap(): void {
    this.child.kill("SIGUSR2")
  }

  private say(message: ToLoad): void {
    // That it cannot be told is said by its end.
    this.child.send(message, () => {})
  }

  private heard<K extends Kind>(kind: K): Promise<Of<K>> {
    const heard = new Promise<Of<K>>((resolve) => {
      this.waiting.set(kind, resolve as (message: FromLoad) => void)
    })
    return Promise.race([heard, this.failed])
  }
}
