// The headline: log lines of 200 to 300 B, one partition, two processes on one machine. Push with a callback for
// each record, to the last answer; then poll and commit, each poll. Beside each, in turns, its floor: the
// least two programs that do the same over bare node:net (bench/versus). A broker and a floor are started for
// each round; each client is a process of its own, which warms up before it measures.
//
// The environment says: RECORDS, WARM, ROUNDS, BATCH (bytes), POLL_RECORDS, DURABILITY=os|interval|commit, ACKS=0|1|all,
// TLS=1, CODEC and LEVEL, PROFILE=DIR (of our clients). The floor has neither TLS nor codec: with them ours is
// measured alone, and so it is with FLOOR=0. CHECKSUM=0 has the floor's batches without one.
import * as Crc32c from "../../../src/domain/record/Crc32c.ts"
import { VERSION } from "../../../src/runtime/cli/Version.ts"
import * as Bench from "../../Bench.ts"
import * as ClientProgram from "../../versus/ClientProgram.ts"
import * as Load from "../../versus/HeadlineLoad.ts"
import * as Programs from "../../versus/Programs.ts"
import { acks, codec, isTls, level, TLS_CONFIGS } from "./HeadlineClient.ts"

const ROUNDS = Bench.parameter("ROUNDS", 1, 9)
const DURABILITY = process.env["DURABILITY"] ?? "os"
const hasFloor = process.env["FLOOR"] !== "0" && !isTls && codec === "none"

interface Round {
  readonly push: Load.Told
  readonly poll: Load.Told
}

const round = async (
  start: () => Promise<Programs.Program>,
  pushing: string,
  polling: string
): Promise<Round> => {
  const server = await start()
  const push = await ClientProgram.run(pushing, server)
  const poll = await ClientProgram.run(polling, server)
  await server.stop()
  return { push, poll }
}

const floor = () => Programs.floor({ DURABILITY })

const broker = () =>
  Programs.broker({
    "auto.create.topics.enable": "true",
    "num.partitions": "1",
    durability: DURABILITY,
    ...(isTls ? TLS_CONFIGS : {})
  })

const floors: Array<Round> = []
const ours: Array<Round> = []
for (let i = 0; i < ROUNDS; i++) {
  if (hasFloor) floors.push(await round(floor, "versus/FloorPush.ts", "versus/FloorPoll.ts"))
  ours.push(
    await round(broker, "runtime/client/HeadlinePush.ts", "runtime/client/HeadlinePoll.ts")
  )
}

const median = (rounds: ReadonlyArray<Round>, way: keyof Round, key: keyof Load.Told): number =>
  Bench.median(rounds.map((each) => each[way][key]))

const perMillion = (seconds: number): number => seconds * 1e6 / Load.RECORDS

const besideFloor = (way: keyof Round) => ({
  floorMsgPerS: median(floors, way, "msgPerS"),
  ratio: Bench.median(ours.map((each, i) => each[way].msgPerS / floors[i]![way].msgPerS)),
  floorClientCpuSPerMillion: perMillion(median(floors, way, "clientCpuS")),
  floorServerCpuSPerMillion: perMillion(median(floors, way, "serverCpuS")),
  floorBestMsgPerS: Math.max(...floors.map((each) => each[way].msgPerS))
})

/** Medians of rates; the ratio is the median of the rounds' own, whose halves ran one after the other. */
const summary = (way: keyof Round) => {
  const msgPerS = median(ours, way, "msgPerS")
  const clientCpuSPerMillion = perMillion(median(ours, way, "clientCpuS"))
  const brokerCpuSPerMillion = perMillion(median(ours, way, "serverCpuS"))
  return {
    msgPerS,
    megabytesPerS: msgPerS * Load.VALUE_BYTES_MEAN / 1e6,
    clientCpuSPerMillion,
    brokerCpuSPerMillion,
    bestMsgPerS: Math.max(...ours.map((each) => each[way].msgPerS)),
    ...(hasFloor ? besideFloor(way) : {})
  }
}

const push = summary("push")
const poll = summary("poll")
const settings = {
  records: Load.RECORDS,
  warmRecords: Load.WARM,
  rounds: ROUNDS,
  valueBytes: "200-300",
  batchBytes: Load.BATCH_BYTES,
  pollRecords: Load.POLL_RECORDS,
  acks: String(acks),
  durability: DURABILITY,
  tls: isTls ? "1.3" : "none",
  codec: level === undefined ? codec : `${codec} ${level}`,
  checksum: Crc32c.useFastest()
}
console.log(
  `mymq ${VERSION}, ${
    Object.entries(settings).map(([name, value]) => `${name} ${value}`).join(", ")
  }\n`
)
const rows = (["push", "poll"] as const).flatMap((way) => {
  const name = way === "poll" ? "poll + commit" : way
  const row = (rounds: ReadonlyArray<Round>, name: string, ratio: string) => ({
    "": name,
    "M msg/s": median(rounds, way, "msgPerS") / 1e6,
    "MB/s": Math.round(median(rounds, way, "msgPerS") * Load.VALUE_BYTES_MEAN / 1e6),
    "client CPU s/M": perMillion(median(rounds, way, "clientCpuS")),
    "broker CPU s/M": perMillion(median(rounds, way, "serverCpuS")),
    "best M msg/s": Math.max(...rounds.map((each) => each[way].msgPerS)) / 1e6,
    "of the floor": ratio
  })
  if (!hasFloor) return [row(ours, name, "")]
  const ratio = `${(100 * besideFloor(way).ratio).toFixed(0)} %`
  return [row(ours, name, ratio), row(floors, `${name}, floor`, "")]
})
console.log(Bench.table(rows))
Bench.tell({ push, poll, machine: Bench.machine(), version: VERSION, settings })
