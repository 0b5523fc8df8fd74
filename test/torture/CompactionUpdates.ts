// Very many updates of few keys: when the cleaner has nothing left to do, everything before the active
// segment is the last record of each key, and nothing else.
import * as fs from "node:fs"
import * as path from "node:path"
import { BrokerProcess } from "../interop/BrokerProcess.ts"
import { kcat } from "../interop/Kcat.ts"
import * as CompactedTopic from "./CompactedTopic.ts"

const TOPIC = "updates"
const KEYS = 1000
/** Lines that one kcat sends. */
const PIECE = 250_000
const QUIET_MS_MAX = 120_000

export interface UpdatesResult {
  readonly summary: string
  readonly problems: ReadonlyArray<string>
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

export const run = async (updates: number): Promise<UpdatesResult> => {
  const broker = await BrokerProcess.start({
    "log.cleanup.policy": "compact",
    "log.segment.bytes": "4000000",
    "log.segment.delete.delay.ms": "500",
    "log.cleaner.backoff.ms": "100",
    "log.cleaner.min.cleanable.ratio": "0"
  })
  try {
    const startMs = Date.now()
    for (let from = 0; from < updates; from += PIECE) {
      await send(broker.address(), from, Math.min(from + PIECE, updates))
    }
    const sentMs = Date.now()
    await quiet(broker)
    const records = await CompactedTopic.read(broker.address(), TOPIC)
    const active = activeBase(broker)
    const clean = records.filter(({ offset }) => offset < active)
    const compactions = broker.log.match(/: compacted up to/g)?.length ?? 0
    return {
      summary: `${updates} updates of ${KEYS} keys in ${sentMs - startMs} ms, ${compactions} ` +
        `compactions, quiet ${Date.now() - sentMs} ms later; kcat reads ${clean.length} records ` +
        `before the active segment and ${records.length - clean.length} in it, ` +
        `${sizeOf(broker)} bytes are on disk`,
      problems: [
        ...wrongLast(records, updates),
        ...wrongClean(clean, active),
        ...leftovers(broker)
      ]
    }
  } finally {
    await broker.dispose()
  }
}

/** The nth update, whose record has the offset n. */
const keyOf = (n: number): string => `key ${(n * 7919) % KEYS}`

const send = async (address: string, from: number, to: number): Promise<void> => {
  let text = ""
  for (let n = from; n < to; n++) text += `${keyOf(n)}\tvalue ${n} ${"-".repeat(n % 50)}\n`
  const args = ["-P", "-t", TOPIC, "-K", "\t", "-X", "acks=all", "-X", "enable.idempotence=true"]
  const { code, stderr } = await kcat(address, args, text)
  if (code !== 0) throw new Error(`kcat ended with ${code}: ${stderr}`)
}

/** The last update of each key. */
const wrongLast = (
  records: ReadonlyArray<CompactedTopic.Read>,
  updates: number
): ReadonlyArray<string> => {
  const last = CompactedTopic.lastValues(records)
  const problems = last.size === Math.min(KEYS, updates) ? [] : [`there are ${last.size} keys`]
  for (let n = Math.max(0, updates - KEYS); n < updates; n++) {
    const value = last.get(keyOf(n)) ?? "nothing"
    if (!value.startsWith(`value ${n} `)) problems.push(`${keyOf(n)} is ${value}, not value ${n}`)
  }
  return problems.slice(0, 10)
}

/** Before the active segment: each key once, with the last value that it had there. */
const wrongClean = (
  clean: ReadonlyArray<CompactedTopic.Read>,
  active: number
): ReadonlyArray<string> => {
  const problems: Array<string> = []
  const expected = new Set(Array.from({ length: KEYS }, (_, i) => active - 1 - i))
  for (const { key, offset, value } of clean) {
    const isRight = expected.delete(offset) && key === keyOf(offset) &&
      value?.startsWith(`value ${offset} `) === true
    if (!isRight) problems.push(`offset ${offset} holds ${key} = ${value}`)
  }
  for (const offset of expected) if (offset >= 0) problems.push(`offset ${offset} is gone`)
  return problems.slice(0, 10)
}

/** Ends when the last compaction reached the active segment, and what it replaced has gone. */
const quiet = async (broker: BrokerProcess): Promise<void> => {
  const late = Date.now() + QUIET_MS_MAX
  while (Date.now() < late) {
    const reached = [...broker.log.matchAll(/: compacted up to offset (\d+)/g)].at(-1)?.[1]
    if (Number(reached ?? -1) === activeBase(broker) && leftovers(broker).length === 0) return
    await sleep(100)
  }
}

const filesOf = (broker: BrokerProcess): ReadonlyArray<string> =>
  fs.readdirSync(path.join(broker.directory, `${TOPIC}-0`))

const activeBase = (broker: BrokerProcess): number =>
  Math.max(
    ...filesOf(broker).filter((name) => name.endsWith(".log")).map((name) =>
      Number(name.slice(0, 20))
    )
  )

const leftovers = (broker: BrokerProcess): ReadonlyArray<string> =>
  filesOf(broker).filter((name) => /\.(cleaned|swap|deleted|tmp)$/.test(name))

const sizeOf = (broker: BrokerProcess): number => {
  const directory = path.join(broker.directory, `${TOPIC}-0`)
  const sizes = filesOf(broker).filter((name) => name.endsWith(".log")).map((name) =>
    fs.statSync(path.join(directory, name)).size
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}
