// A broker killed -9 in the middle of commits, again and again. The committers are stopped with it, so
// that what a fresh consumer reads after the restart is what the dead broker kept and nothing newer: for
// each group and partition at least the last offset that was acknowledged, at most the last that was
// sent, and never below what was read in an earlier life.
import { type ChildProcess, execFile, spawn } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { promisify } from "node:util"
import { BrokerProcess } from "../interop/BrokerProcess.ts"
import { random } from "./Random.ts"

const TOPIC = "commits"
const PARTITIONS = 4
const GROUPS = 6
const LIFE_COMMITS = 5
const LIFE_MS_MAX = 400
const WAIT_MS_MAX = 30_000
const PYTHON = "/usr/bin/python3"
const script = path.join(import.meta.dirname, "kill9_committers.py")

export interface CommitKill9Result {
  readonly summary: string
  readonly isRight: boolean
  readonly problems: ReadonlyArray<string>
}

/** What the committers wrote down, by group: the last offset sent, and of each partition the last acknowledged. */
interface Promised {
  readonly sent: Map<string, number>
  readonly acknowledged: Map<string, number>
  /** Acknowledged offsets by group. */
  readonly counts: ReadonlyArray<number>
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

export const run = async (rounds: number, seed: number): Promise<CommitKill9Result> => {
  const next = random(seed)
  const broker = await BrokerProcess.start({
    "group.initial.rebalance.delay.ms": "0",
    "offsets.topic.num.partitions": "3",
    "offsets.topic.segment.bytes": "16384",
    // The offsets' topic is compacted all the while, so that deaths hit that too.
    "log.cleaner.backoff.ms": "100",
    "log.cleaner.min.cleanable.ratio": "0.1"
  })
  const out = path.join(broker.directory, "promised")
  fs.writeFileSync(out, "")
  const committers = spawn(PYTHON, [script, "commit", ...where(broker), out])
  const check = new Check()
  try {
    for (let round = 0; round < rounds; round++) {
      await progress(out, committers)
      await sleep(next() * LIFE_MS_MAX)
      await broker.kill9()
      committers.kill("SIGSTOP")
      await broker.restart()
      check.compare(round, promised(out), await read(broker))
      committers.kill("SIGCONT")
    }
    await progress(out, committers)
    committers.stdin.end()
    await new Promise((resolve) => committers.once("exit", resolve))
    await broker.stop()
    await broker.restart()
    const last = promised(out)
    check.compare(rounds, last, await read(broker))
    const { compared, problems, unacknowledged } = check
    const count = last.counts.reduce((sum, each) => sum + each, 0)
    return {
      summary: `${count} offsets acknowledged, ${compared} offsets read after restarts, ` +
        `${unacknowledged} of them kept though not acknowledged, ${problems.length} problems`,
      isRight: problems.length === 0,
      problems
    }
  } finally {
    committers.kill("SIGKILL")
    await broker.dispose()
  }
}

const where = (broker: BrokerProcess): ReadonlyArray<string> => [
  broker.address(),
  TOPIC,
  String(PARTITIONS),
  String(GROUPS)
]

class Check {
  readonly problems: Array<string> = []
  compared = 0
  unacknowledged = 0
  private readonly earlier = new Map<string, number>()

  compare(round: number, { acknowledged, sent }: Promised, kept: Kept): void {
    for (const [group, offsets] of Object.entries(kept)) {
      for (const [partition, offset] of offsets.entries()) {
        const key = `${group} ${partition}`
        const least = acknowledged.get(key) ?? -1
        const most = sent.get(group) ?? -1
        const before = this.earlier.get(key) ?? -1
        const about = `round ${round}: group ${group}, partition ${partition}: read ${offset},`
        if (offset < least) this.problems.push(`${about} ${least} was acknowledged`)
        if (offset > most) this.problems.push(`${about} only ${most} was sent`)
        if (offset < before) this.problems.push(`${about} ${before} was read before`)
        if (offset > least) this.unacknowledged++
        this.earlier.set(key, offset)
        this.compared++
      }
    }
  }
}

type Kept = Readonly<Record<string, ReadonlyArray<number>>>

const read = async (broker: BrokerProcess): Promise<Kept> => {
  const { stdout } = await promisify(execFile)(PYTHON, [script, "read", ...where(broker)])
  return JSON.parse(stdout) as Kept
}

const promised = (out: string): Promised => {
  const sent = new Map<string, number>()
  const acknowledged = new Map<string, number>()
  const counts = Array.from({ length: GROUPS }, () => 0)
  for (const line of fs.readFileSync(out, "utf8").split("\n").slice(0, -1)) {
    const [what, group, ...numbers] = line.split(" ")
    if (what === "sent") sent.set(group!, Number(numbers[0]))
    else {
      acknowledged.set(`${group} ${numbers[0]}`, Number(numbers[1]))
      counts[Number(group)]!++
    }
  }
  return { sent, acknowledged, counts }
}

/** Waits until each group has had some commits acknowledged from now on. */
const progress = async (out: string, committers: ChildProcess): Promise<void> => {
  const before = promised(out).counts
  const isPast = () =>
    promised(out).counts.every((count, g) => count >= before[g]! + LIFE_COMMITS * PARTITIONS)
  const late = Date.now() + WAIT_MS_MAX
  while (!isPast()) {
    if (committers.exitCode !== null) throw new Error("the committers ended by themselves")
    if (Date.now() > late) throw new Error(`not every group commits, after ${WAIT_MS_MAX} ms`)
    await sleep(50)
  }
}
