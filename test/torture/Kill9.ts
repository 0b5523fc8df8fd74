// A broker killed -9 at random moments, again and again, while producers of librdkafka go on through its
// deaths: afterwards every acknowledged record is where it was acknowledged, once from idempotent
// producers, at least once from plain ones, in order, and offsets have no holes.
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { BrokerProcess } from "../interop/BrokerProcess.ts"
import { random } from "./Random.ts"

const PARTITIONS = 3
const PRODUCERS = 4
const LIFE_MS_MAX = 1500
const PYTHON = "/usr/bin/python3"
const script = path.join(import.meta.dirname, "kill9_producers.py")

export interface Kill9Result {
  readonly summary: string
  readonly isRight: boolean
  readonly log: string
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

export const run = async (rounds: number, seed: number): Promise<Kill9Result> => {
  const next = random(seed)
  const broker = await BrokerProcess.start({
    "num.partitions": String(PARTITIONS),
    "log.segment.bytes": "1048576"
  })
  const acknowledged = path.join(broker.directory, "acknowledged")
  fs.writeFileSync(acknowledged, "")
  try {
    await python("check", broker, acknowledged).done // makes the topic; nothing is there to compare
    const producers = python("produce", broker, String(PRODUCERS), acknowledged)
    for (let round = 0; round < rounds; round++) {
      await sleep(200 + next() * LIFE_MS_MAX)
      await broker.kill9()
      await sleep(next() * 100)
      await broker.restart()
    }
    await sleep(500)
    producers.close()
    const produced = await producers.done
    await broker.stop()
    await broker.restart()
    const checked = await python("check", broker, acknowledged).done
    return {
      summary: (produced.output + checked.output).trim(),
      isRight: produced.code === 0 && checked.code === 0,
      log: broker.log
    }
  } finally {
    await broker.dispose()
  }
}

interface Script {
  readonly close: () => void
  readonly done: Promise<{ readonly code: number | null; readonly output: string }>
}

const python = (
  command: "produce" | "check",
  broker: BrokerProcess,
  ...rest: ReadonlyArray<string>
): Script => {
  const args = [script, command, broker.address(), "kill9", String(PARTITIONS), ...rest]
  const child = spawn(PYTHON, args)
  let output = ""
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString()
  })
  child.stderr.on("data", (chunk: Buffer) => {
    output += chunk.toString()
  })
  return {
    close: () => child.stdin.end(),
    done: new Promise((resolve) => child.once("exit", (code) => resolve({ code, output })))
  }
}
