// What a sync costs behind a small write: of a file that grows, and of one that had the bytes before, because
// room was prepared behind it. Files are written one by one, and several at once through Node's thread pool.
import * as fs from "node:fs"
import * as path from "node:path"
import { promisify } from "node:util"
import * as PreparedRoom from "../../../src/domain/log/PreparedRoom.ts"
import * as Bench from "../../Bench.ts"
import * as Programs from "../../versus/Programs.ts"

const SECONDS = Bench.parameter("SECONDS", 0.02, 1)
const ROUNDS = Bench.parameter("ROUNDS", 1, 5)
const FILES = [1, 12]
const WRITE_KILOBYTES = [2.5, 16, 64]

const sync = promisify(fs.fdatasync)

interface Sample {
  readonly syncsPerS: number
  readonly p50Ms: number
  readonly cpuMicros: number
}

/** Writes and syncs, one after the other, until it is over. */
const worker = async (
  file: number,
  bytes: number,
  hasRoom: boolean,
  untilMs: number,
  latenciesMs: Array<number>
): Promise<void> => {
  const records = Buffer.alloc(bytes, 1)
  let fileBytes = 0
  for (let position = 0; performance.now() < untilMs; position += bytes) {
    const startMs = performance.now()
    const room = hasRoom ? PreparedRoom.behind(position, bytes, fileBytes) : undefined
    fs.writevSync(file, room === undefined ? [records] : [records, room], position)
    fileBytes = Math.max(fileBytes, position + bytes + (room?.length ?? 0))
    await sync(file)
    latenciesMs.push(performance.now() - startMs)
  }
}

const measure = async (files: number, bytes: number, hasRoom: boolean): Promise<Sample> => {
  const directory = Programs.scratchDirectory()
  const opened = Array.from(
    { length: files },
    (_, i) => fs.openSync(path.join(directory, String(i)), "w")
  )
  const latenciesMs: Array<number> = []
  const startMs = performance.now()
  const before = process.cpuUsage()
  await Promise.all(
    opened.map((file) => worker(file, bytes, hasRoom, startMs + SECONDS * 1000, latenciesMs))
  )
  const { system, user } = process.cpuUsage(before)
  const seconds = (performance.now() - startMs) / 1000
  for (const file of opened) fs.closeSync(file)
  Programs.removeScratch(directory)
  return {
    syncsPerS: latenciesMs.length / seconds,
    p50Ms: Bench.median(latenciesMs),
    cpuMicros: (system + user) / latenciesMs.length
  }
}

const rows = []
for (const files of FILES) {
  for (const kilobytes of WRITE_KILOBYTES) {
    const samples = { grows: [] as Array<Sample>, "has room": [] as Array<Sample> }
    for (let round = 0; round < ROUNDS; round++) {
      samples.grows.push(await measure(files, kilobytes * 1024, false))
      samples["has room"].push(await measure(files, kilobytes * 1024, true))
    }
    for (const [name, taken] of Object.entries(samples)) {
      const median = (key: keyof Sample) => Bench.median(taken.map((sample) => sample[key]))
      rows.push({
        files,
        "KB a write": kilobytes,
        "the file": name,
        "syncs/s": Math.round(median("syncsPerS")),
        "p50 ms": median("p50Ms"),
        "CPU us a sync": median("cpuMicros")
      })
    }
  }
}
console.log(Bench.table(rows))
