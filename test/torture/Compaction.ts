// A broker killed -9 at random moments while it compacts, and writers go on: after each restart kcat
// reads the last value of every key, no key whose tombstone has had its time, and finds nothing left of
// what was broken off.
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import * as readline from "node:readline"
import { BrokerProcess } from "../interop/BrokerProcess.ts"
import * as CompactedTopic from "./CompactedTopic.ts"
import { random } from "./Random.ts"

const PYTHON = "/usr/bin/python3"
const script = path.join(import.meta.dirname, "compaction_writer.py")
const TOPIC = "compacted"
const PARTITIONS = 2
const UPDATES = 8000
const LIFE_MS_MAX = 1500
const SETTLE_MS_MAX = 90_000
/** What a compaction leaves behind when it is broken off, or removes later. */
const LEFTOVER = /\.(cleaned|swap|deleted|tmp)$/

export interface CompactionResult {
  readonly summary: string
  readonly problems: ReadonlyArray<string>
  readonly log: string
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Compaction takes most of the time, and hardly waits. */
const CONFIGS = {
  "num.partitions": String(PARTITIONS),
  "log.cleanup.policy": "compact",
  "log.segment.bytes": "30000",
  "log.segment.delete.delay.ms": "200",
  "log.cleaner.backoff.ms": "10",
  "log.cleaner.min.cleanable.ratio": "0.01",
  "log.cleaner.delete.retention.ms": "1000",
  "log.cleaner.io.max.bytes.per.second": "1000000",
  "log.cleaner.dedupe.buffer.size": "8192"
}

export const run = async (rounds: number, seed: number): Promise<CompactionResult> => {
  const next = random(seed)
  const broker = await BrokerProcess.start(CONFIGS)
  const writer = new Writer(broker.address(), seed)
  const problems: Array<string> = []
  const seen = { cleaned: 0, swap: 0, deleted: 0 }
  try {
    for (let round = 0; round < rounds; round++) {
      const written = writer.ask(`write ${round} ${UPDATES}`)
      await sleep(100 + next() * LIFE_MS_MAX)
      if (round % 3 === 2) await swapping(broker)
      await broker.kill9()
      const left = leftovers(broker)
      for (const kind of ["cleaned", "swap", "deleted"] as const) {
        if (left.some(({ name }) => name.endsWith(kind))) seen[kind]++
      }
      await broker.restart()
      const answer = await written
      if (answer !== "written") problems.push(`round ${round}: ${answer}`)
      for (const { identity, name } of left) {
        const isStill = leftovers(broker).some((it) => it.identity === identity && it.name === name)
        if (isStill) problems.push(`round ${round}: ${name} is left`)
      }
      problems.push(...await compared(broker, writer, `round ${round}`))
    }
    const tombstones = await settled(broker, writer, rounds)
    if (tombstones > 0) problems.push(`${tombstones} tombstones of dead keys are left`)
    problems.push(...await compared(broker, writer, "at the end"))
    const compactions = broker.log.match(/: compacted up to/g)?.length ?? 0
    return {
      summary: `${rounds} kills, ${compactions} compactions; at death there were segments being ` +
        `written ${seen.cleaned} times, a swap half done ${seen.swap} times, replaced ones ` +
        `${seen.deleted} times`,
      problems: [...problems, ...complaints(broker.log)],
      log: broker.log
    }
  } finally {
    writer.close()
    await broker.dispose()
  }
}

/** Ends when a swap is seen half done, which is seldom met by chance; or when there is none for long. */
const swapping = async (broker: BrokerProcess): Promise<void> => {
  const late = Date.now() + 2000
  while (Date.now() < late) {
    if (leftovers(broker).some(({ name }) => name.endsWith(".swap"))) return
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** What kcat reads differs from what was acknowledged: how. */
const compared = async (
  broker: BrokerProcess,
  writer: Writer,
  when: string
): Promise<ReadonlyArray<string>> => {
  const model = JSON.parse(await writer.ask("model")) as Record<string, string | null>
  const found = CompactedTopic.lastValues(await CompactedTopic.read(broker.address(), TOPIC))
  const problems: Array<string> = []
  for (const [key, value] of Object.entries(model)) {
    const now = found.get(key) ?? null
    if (now !== value) problems.push(`${when}: ${key} is ${String(now)}, not ${String(value)}`)
  }
  for (const key of found.keys()) if (!(key in model)) problems.push(`${when}: ${key} is new`)
  return problems.slice(0, 5)
}

/**
 * Lets the cleaner come to its end; gives how many tombstones are left of keys that were never
 * written again: their time was over long ago.
 */
const settled = async (broker: BrokerProcess, writer: Writer, rounds: number): Promise<number> => {
  const late = Date.now() + SETTLE_MS_MAX
  for (;;) {
    await writer.ask(`write ${rounds} 1000`)
    await sleep(1500)
    const records = await CompactedTopic.read(broker.address(), TOPIC)
    const left = records.filter(({ key, value }) => {
      const round = /^round (\d+) /.exec(key)?.[1]
      return value === null && round !== undefined && Number(round) < rounds - 1
    }).length
    if (left === 0 || Date.now() > late) return left
  }
}

interface Leftover {
  readonly name: string
  /** Tells files of one name apart. */
  readonly identity: string
}

const leftovers = (broker: BrokerProcess): ReadonlyArray<Leftover> => {
  const found: Array<Leftover> = []
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const directory = path.join(broker.directory, `${TOPIC}-${partition}`)
    for (const name of fs.existsSync(directory) ? fs.readdirSync(directory) : []) {
      const stat = fs.statSync(path.join(directory, name), { throwIfNoEntry: false })
      if (!LEFTOVER.test(name) || stat === undefined) continue
      found.push({ name: `${partition}/${name}`, identity: `${stat.ino} ${stat.birthtimeMs}` })
    }
  }
  return found
}

/** Lines of the broker's log that should not be there. */
const complaints = (log: string): ReadonlyArray<string> =>
  log.split("\n").filter((line) => /cannot be compacted|goes offline|damaged|defect/.test(line))

class Writer {
  private readonly child: ChildProcessWithoutNullStreams
  private readonly lines: AsyncIterator<string>

  constructor(address: string, seed: number) {
    this.child = spawn(PYTHON, [script, address, TOPIC, String(seed)])
    this.lines = readline.createInterface({ input: this.child.stdout })[Symbol.asyncIterator]()
    this.child.stderr.pipe(process.stderr)
  }

  /** One command at a time. */
  async ask(command: string): Promise<string> {
    this.child.stdin.write(`${command}\n`)
    const line = await this.lines.next()
    return line.done === true ? "the writer has ended" : line.value
  }

  close(): void {
    this.child.stdin.end()
  }
}
