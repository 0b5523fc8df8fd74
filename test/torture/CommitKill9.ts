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
const LIFE_COMMITS = 20
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
  readonly count: number
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

export const run = async (rounds: number, seed: number): Promise<CommitKill9Result> => {
  const next = random(seed)
  const broker = await BrokerProcess.start({
    "group.initial.rebalance.delay.ms": "0",
    "offsets.topic.num.partitions": "3",
    "offsets.topic.segment.bytes": "65536"
  })
  const out = path.join(broker.directory, "promised")
  fs.writeFileSync(out, "")
  const committers = spawn(PYTHON, [script, "commit", ...where(broker), out])
  const check = new Check()
  try {
    for (let round = 0; round < rounds; round++) {
      await progress(out, committers, GROUPS * PARTITIONS * LIFE_COMMITS)
      await sleep(next() * LIFE_MS_MAX)
      await broker.kill9()
      committers.kill("SIGSTOP")
      await broker.restart()
      check.compare(round, promised(out), await read(broker))
      committers.kill("SIGCONT")
    }
    await progress(out, committers, GROUPS)
    committers.stdin.end()
    await new Promise((resolve) => committers.once("exit", resolve))
    await broker.stop()
    await broker.restart()
    const last = promised(out)
    check.compare(rounds, last, await read(broker))
    const { compared, problems, unacknowledged } = check
    return {
      summary: `${last.count} commits acknowledged, ${compared} offsets read after restarts, ` +
        `${unacknowledged} of them kept though not acknowledged, ${problems.length} problems`,
      isRight: problems.length === 0 && last.count > rounds,
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
  let count = 0
  for (const line of fs.readFileSync(out, "utf8").split("\n").slice(0, -1)) {
    const [what, group, ...numbers] = line.split(" ")
    if (what === "sent") sent.set(group!, Number(numbers[0]))
    else {
      acknowledged.set(`${group} ${numbers[0]}`, Number(numbers[1]))
      count++
    }
  }
  return { sent, acknowledged, count }
}

/** Waits until the committers have had so many more acknowledgements. */
const progress = async (out: string, committers: ChildProcess, more: number): Promise<void> => {
  const goal = promised(out).count + more
  const late = Date.now() + WAIT_MS_MAX
  while (promised(out).count < goal) {
    if (committers.exitCode !== null) throw new Error("the committers ended by themselves")
    if (Date.now() > late) throw new Error(`no ${more} commits in ${WAIT_MS_MAX} ms`)
    await sleep(50)
  }
}
