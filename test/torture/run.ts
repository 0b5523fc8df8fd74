// npm run torture -- kill9 --rounds 100 [--seed N]
// npm run torture -- commits --rounds 50 [--seed N]
// npm run torture -- compaction --rounds 50 [--seed N]
// npm run torture -- compaction --updates 1000000
// npm run torture -- fuzz --frames 100000 [--seed N]
// npm run torture -- callbacks --records 4000000 [--bootstrap HOST:PORT]
import { parseArgs } from "node:util"
import * as Callbacks from "./Callbacks.ts"
import * as CommitKill9 from "./CommitKill9.ts"
import * as Compaction from "./Compaction.ts"
import * as CompactionUpdates from "./CompactionUpdates.ts"
import * as Fuzz from "./Fuzz.ts"
import * as Kill9 from "./Kill9.ts"

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "100" },
    updates: { type: "string" },
    frames: { type: "string", default: "100000" },
    records: { type: "string", default: "4000000" },
    bootstrap: { type: "string" },
    seed: { type: "string" }
  }
})
const seed = Number(values.seed ?? Date.now() % 1_000_000)

const kill9 = async (): Promise<boolean> => {
  console.log(`kill -9: ${values.rounds} rounds, seed ${seed}`)
  const result = await Kill9.run(Number(values.rounds), seed)
  const cuts = result.log.match(/: cut /g)?.length ?? 0
  console.log(`${result.summary}\n${cuts} torn tails cut`)
  return result.isRight
}

const commits = async (): Promise<boolean> => {
  console.log(`kill -9 amid commits: ${values.rounds} rounds, seed ${seed}`)
  const result = await CommitKill9.run(Number(values.rounds), seed)
  result.problems.slice(0, 20).forEach((problem) => console.log(`problem: ${problem}`))
  console.log(result.summary)
  return result.isRight
}

const compaction = async (): Promise<boolean> => {
  const { rounds, updates } = values
  console.log(`compaction: ${updates ?? rounds} ${updates === undefined ? "rounds" : "updates"}`)
  const { problems, summary } = updates === undefined
    ? await Compaction.run(Number(rounds), seed)
    : await CompactionUpdates.run(Number(updates))
  problems.slice(0, 20).forEach((problem) => console.log(`problem: ${problem}`))
  console.log(updates === undefined ? `seed ${seed}: ${summary}` : summary)
  return problems.length === 0
}

const fuzz = async (): Promise<boolean> => {
  console.log(`fuzz: ${values.frames} frames, seed ${seed}`)
  const result = await Fuzz.run(Number(values.frames), seed)
  console.log(result)
  return Fuzz.isRight(result)
}

const callbacks = async (): Promise<boolean> => {
  console.log(`callbacks: ${values.records} records`)
  const { problems, summary } = await Callbacks.run(Number(values.records), values.bootstrap)
  problems.forEach((problem) => console.log(`problem: ${problem}`))
  console.log(summary)
  return problems.length === 0
}

const runs = new Map(Object.entries({ kill9, commits, compaction, fuzz, callbacks }))
const isRight = await runs.get(positionals[0] ?? "")?.()
if (isRight === undefined) console.error(`say what to run: ${[...runs.keys()].join(", ")}`)
console.log(isRight === true ? "right" : "WRONG")
process.exitCode = isRight === true ? 0 : 1
