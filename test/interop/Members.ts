// Real clients as members of one group, each a process of its own (members/): started, asked to leave,
// killed, stopped and continued by signals. What they say goes to the GroupLedger; a test waits for
// the group to be stable (each partition has one owner, shares differ by one at most) and for records
// to flow, never for time alone.
import { type ChildProcess, spawn } from "node:child_process"
import * as path from "node:path"
import * as readline from "node:readline"
import { GroupLedger, type LedgerEntry } from "./GroupLedger.ts"

export type Client = "confluent" | "kafkajs" | "platformatic" | "mymq"

export interface MemberOptions {
  readonly assignor: string
  readonly sessionTimeoutMs: number
  /** Records between two commits; 0 (librdkafka): only before partitions are revoked. */
  readonly commitEvery: number
  /** topic.metadata.refresh.interval.ms of librdkafka. */
  readonly metadataRefreshMs?: number
  /** group.instance.id of a static member. */
  readonly instance?: string | undefined
  /** Of our own members: "classic" by default. */
  readonly protocol?: "classic" | "consumer" | undefined
}

const programs: Readonly<Record<Client, readonly [command: string, script: string]>> = {
  confluent: ["/usr/bin/python3", "confluent_member.py"],
  kafkajs: [process.execPath, "kafkajs_member.mjs"],
  platformatic: [process.execPath, "platformatic_member.mjs"],
  mymq: [process.execPath, "mymq_member.ts"]
}

/** The clock of the members' lines: CLOCK_MONOTONIC, one for the machine. */
export const now = (): number => Number(process.hrtime.bigint()) / 1e6

type Line = LedgerEntry | {
  readonly t: number
  readonly event: "ready" | "paused" | "refused" | "error"
  readonly error?: string
  readonly message?: string
}

export class Member {
  readonly name: string
  readonly client: Client
  readonly owned = new Set<number>()
  /** How often it was told of partitions given or taken. */
  changes = 0
  /** When its program was about to join. */
  readyAt: number | undefined
  /** How often it was told that it had lost partitions, without having given them up. */
  losses = 0
  /** How often a commit of it was refused. */
  refusals = 0
  /** Whether it said that it does not poll, as it was asked. */
  isPaused = false
  isStopped = false
  isExpectedToEnd = false
  ended: Promise<number | null>
  readonly child: ChildProcess

  constructor(name: string, client: Client, child: ChildProcess) {
    this.name = name
    this.client = client
    this.child = child
    this.ended = new Promise((resolve) => child.once("close", (code) => resolve(code)))
  }

  /** "pause MS" (it does not poll), "resume", "subscribe TOPIC"; librdkafka's also "commit". */
  send(command: string): void {
    this.child.stdin!.write(`${command}\n`)
  }

  hear(line: Line): void {
    if (line.event === "ready") this.readyAt = line.t
    if (line.event === "paused") this.isPaused = true
    if (line.event === "refused") this.refusals++
    if (line.event === "lost") this.losses++
    if (line.event === "assigned") line.partitions.forEach((p) => this.owned.add(p))
    else if (line.event === "revoked" || line.event === "lost") {
      line.partitions.forEach((p) => this.owned.delete(p))
    } else if (line.event === "closed") this.owned.clear()
    else return
    this.changes++
  }
}

export class Members {
  readonly ledger = new GroupLedger()
  readonly group: string
  /** What members said that is no matter of the ledger: errors and refused commits. */
  readonly remarks: Array<string> = []
  private readonly bootstrap: string
  private readonly topic: string
  private readonly partitions: number
  private readonly all: Array<Member> = []
  private readonly listeners = new Set<() => void>()

  constructor(place: { bootstrap: string; topic: string; partitions: number; group: string }) {
    this.bootstrap = place.bootstrap
    this.topic = place.topic
    this.partitions = place.partitions
    this.group = place.group
  }

  /** Those that run: not killed, not leaving. */
  get live(): ReadonlyArray<Member> {
    return this.all.filter((member) => !member.isExpectedToEnd)
  }

  add(client: Client, options: MemberOptions): Member {
    const [command, script] = programs[client]
    const name = `${client}-${this.all.length}`
    const { bootstrap, group, topic } = this
    const settings = JSON.stringify({ ...options, bootstrap, group, topic, name })
    const file = path.join(import.meta.dirname, "members", script)
    const child = spawn(command, [file, settings], { stdio: ["pipe", "pipe", "pipe"] })
    const member = new Member(name, client, child)
    this.all.push(member)
    readline.createInterface({ input: child.stdout }).on("line", (text) => this.hear(member, text))
    readline.createInterface({ input: child.stderr }).on("line", (text) => {
      this.remarks.push(`${name}: ${text}`)
    })
    child.stdin.on("error", () => undefined) // a killed member does not listen
    void member.ended.then((code) => {
      if (!member.isExpectedToEnd) this.remarks.push(`${name} ended by itself with ${code}`)
      this.wake()
    })
    return member
  }

  /** Asks it to commit and leave; gives when it has ended. */
  async leave(member: Member): Promise<void> {
    member.isExpectedToEnd = true
    member.send("leave")
    const code = await within(30_000, `${member.name} to leave`, member.ended)
    if (code !== 0) throw new Error(`${member.name} left with ${code}:\n${this.said()}`)
  }

  async kill9(member: Member): Promise<void> {
    member.isExpectedToEnd = true
    member.child.kill("SIGKILL")
    await member.ended // all it had said is read by now
    this.ledger.add({ t: now(), member: member.name, event: "killed" })
    member.owned.clear()
  }

  /** SIGSTOP: it neither heartbeats nor polls until `proceed`. */
  stop(member: Member): void {
    member.isStopped = true
    this.ledger.add({ t: now(), member: member.name, event: "stopped" })
    member.child.kill("SIGSTOP")
  }

  proceed(member: Member): void {
    member.isStopped = false
    member.child.kill("SIGCONT")
  }

  /** Resolves when each partition has one owner among those that are awake, evenly. */
  stable(timeoutMs = 60_000): Promise<void> {
    return this.until(timeoutMs, () => this.isStable(), "the group to be stable")
  }

  /** Resolves when each partition has had a record processed from now on. */
  flowing(timeoutMs = 30_000): Promise<void> {
    const before = Array.from({ length: this.partitions }, (_, p) => this.ledger.end(p))
    const isPast = () => before.every((end, p) => this.ledger.end(p) > end)
    return this.until(timeoutMs, isPast, "records of every partition")
  }

  /** Makes it stop polling; it heartbeats on. */
  pause(member: Member, timeoutMs = 30_000): Promise<void> {
    member.send("pause 600000")
    return this.until(timeoutMs, () => member.isPaused, `${member.name} to pause`)
  }

  /** Asks it to commit what it believes to own; resolves when that is refused. */
  refused(member: Member, timeoutMs = 30_000): Promise<void> {
    const before = member.refusals
    member.send("commit")
    const isRefused = () => member.refusals > before
    return this.until(timeoutMs, isRefused, `a commit of ${member.name} to be refused`)
  }

  /** Resolves when everything up to these offsets was processed. */
  caughtUp(ends: ReadonlyArray<number>, timeoutMs = 60_000): Promise<void> {
    const isPast = () => ends.every((end, p) => this.ledger.end(p) >= end)
    return this.until(timeoutMs, isPast, `all records up to ${ends.join(" ")}`)
  }

  /** Ends what still runs, whatever it does. */
  async dispose(): Promise<void> {
    const running = this.all.filter(({ child }) =>
      child.exitCode === null && child.signalCode === null
    )
    for (const member of running) {
      member.isExpectedToEnd = true
      member.child.kill("SIGKILL")
    }
    await Promise.all(this.all.map((member) => member.ended))
  }

  /** Who has what, for a message. */
  shares(): string {
    return this.live
      .map(({ isStopped, name, owned }) =>
        `${name}${isStopped ? " (stopped)" : ""} [${[...owned].sort((a, b) => a - b).join(" ")}]`
      )
      .join(", ")
  }

  said(): string {
    return this.remarks.slice(-30).join("\n")
  }

  private isStable(): boolean {
    const shares = this.live.filter(({ isStopped }) => !isStopped).map(({ owned }) => owned)
    const sizes = shares.map(({ size }) => size)
    const total = sizes.reduce((sum, size) => sum + size, 0)
    return total === this.partitions && new Set(shares.flatMap((s) => [...s])).size === total &&
      Math.max(...sizes) - Math.min(...sizes) <= 1
  }

  private hear(member: Member, text: string): void {
    const line = { ...(JSON.parse(text) as Line), member: member.name }
    member.hear(line)
    switch (line.event) {
      case "ready":
      case "paused":
        break
      case "refused":
      case "error":
        this.remarks.push(
          `${line.t.toFixed(1)} ${member.name} ${line.event}: ${line.error ?? line.message}`
        )
        break
      default:
        this.ledger.add(line)
    }
    this.wake()
  }

  private wake(): void {
    for (const listener of this.listeners) listener()
  }

  private until(timeoutMs: number, isTrue: () => boolean, what: string): Promise<void> {
    let listener = () => {}
    const held = new Promise<void>((resolve, reject) => {
      listener = () => {
        const ended = this.live.find(({ child }) => child.exitCode !== null)
        if (ended !== undefined) reject(new Error(`${ended.name} ended:\n${this.said()}`))
        else if (isTrue()) resolve()
      }
      this.listeners.add(listener)
      listener()
    })
    return within(timeoutMs, what, held).catch((cause: unknown) => {
      throw new Error(`${String(cause)}; ${this.shares()}\n${this.said()}`, { cause })
    }).finally(() => this.listeners.delete(listener))
  }
}

const within = <A>(timeoutMs: number, what: string, promise: Promise<A>): Promise<A> => {
  let timer: NodeJS.Timeout
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${timeoutMs} ms for ${what}`)), timeoutMs)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}
