// The load of the soak, as a process of its own: `fork(load.ts, [PORT])`. It finds the maximum of the mix, goes
// on at its share of it until it is told to stop, waits until everything acknowledged was read, and says what
// was wrong. The first error of any client ends it, and with it the bench; a warning of one is a problem, too.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import { monitorEventLoopDelay } from "node:perf_hooks"
import { Compression } from "../../src/layers/compression/Compression.ts"
import { Admin } from "../../src/runtime/client/Admin.ts"
import * as Client from "../../src/runtime/client/Client.ts"
import { SoakLane } from "./SoakLane.ts"
import { SoakLedger } from "./SoakLedger.ts"
import type { FromLoad, LoadEnd, LoadSample, ToLoad } from "./SoakMessages.ts"
import { SoakPace } from "./SoakPace.ts"
import * as SoakPassers from "./SoakPassers.ts"
import * as SoakReaders from "./SoakReaders.ts"
import * as Settings from "./SoakSettings.ts"

const port = Number(process.argv[2])
const GROUP_MEMBERS = 2
const LOOK_MS = 20
const SETTLE_MS = 120_000

const ledger = new SoakLedger()
const pace = new SoakPace(ledger)
const passed = { topics: 0, members: 0, connections: 0 }

const tell = (message: FromLoad): void => {
  process.send!(message)
}

const until = (is: () => boolean, withinMs: number, what: string) =>
  Effect.gen(function*() {
    const endMs = performance.now() + withinMs
    while (!is()) {
      if (performance.now() > endMs) return ledger.problem(`${what} after ${withinMs / 1000} s`)
      yield* Effect.sleep(LOOK_MS)
    }
  })

const told = new Promise<void>((resolve) => {
  process.on("message", (message: ToLoad) => {
    if (message === "stop") resolve()
    else tell({ kind: "sample", sample: sampleNow() })
  })
})

let lanes: ReadonlyArray<SoakLane> = []

const delay = monitorEventLoopDelay({ resolution: 10 })
delay.enable()

const sampleNow = (): LoadSample => {
  const stallMs = delay.max / 1e6
  delay.reset()
  return {
    atMs: performance.now(),
    acked: ledger.acked.total,
    lateMs: Math.max(0, ...lanes.map((lane) => lane.lateMs)),
    ...ledger.takeLatency(),
    stallMs,
    heapMegabytes: process.memoryUsage().heapUsed / 1e6
  }
}

/** Messages a second that the whole mix does; its first third is for the compilers. */
const calibrate = Effect.gen(function*() {
  yield* Effect.sleep(Settings.CALIBRATION_S * 1000 / 3)
  const { read } = pace
  const startMs = performance.now()
  yield* Effect.sleep(Settings.CALIBRATION_S * 2000 / 3)
  return (pace.read - read) / (performance.now() - startMs) * 1000
})

const isQuiet = (): boolean =>
  ledger.isSettled && ledger.acked.total === lanes.reduce((sum, { sent }) => sum + sent, 0)

const main = Effect.gen(function*() {
  const maximum = Settings.RATE > 0 ? undefined : yield* calibrate
  const rate = maximum === undefined ? Settings.RATE : Settings.SHARE * maximum
  // What the calibration has piled up is no part of what follows.
  pace.isHeld = true
  yield* until(isQuiet, SETTLE_MS, "what was sent to find the maximum was not read")
  for (const lane of lanes) lane.rebase()
  ledger.takeLatency()
  pace.start(rate)
  tell({ kind: "paced", maximum, rate })
  yield* Effect.promise(() => told)
  pace.isOver = true
})

const program = Effect.gen(function*() {
  const admin = yield* Admin
  yield* Admin.orFail(
    admin.createTopics(
      Settings.TOPICS.map((topic) => ({ topic, partitions: Settings.PARTITIONS }))
    )
  )
  lanes = yield* Effect.forEach(Settings.LANES, (lane) => SoakLane.make(lane, pace, ledger))
  const writing = Effect.all([main, ...lanes.map((lane) => lane.run())], {
    concurrency: "unbounded",
    discard: true
  })
  const beside = Effect.all([
    SoakReaders.stream(ledger),
    ...Array.from({ length: GROUP_MEMBERS }, () => SoakReaders.member(ledger)),
    SoakReaders.passingMembers(ledger, () => passed.members++),
    SoakReaders.rereaders(ledger),
    SoakPassers.topics(ledger, () => passed.topics++),
    SoakPassers.connections(port, () => passed.connections++)
  ], { concurrency: "unbounded", discard: true })
  const settled = until(() => ledger.isSettled, SETTLE_MS, "not all was read")
  yield* Effect.raceFirst(Effect.andThen(writing, settled), beside)
  ledger.settle()
})

const complaints = Logger.make<unknown, void>(({ logLevel, message }) => {
  if (LogLevel.isGreaterThanOrEqualTo(logLevel, "Warn")) ledger.problem(String(message))
})

await program.pipe(
  Effect.scoped,
  Effect.provide(
    Layer.mergeAll(Admin.layer, Compression.layer).pipe(
      Layer.provideMerge(Client.layer({ bootstrapServers: `127.0.0.1:${port}` })),
      Layer.provideMerge(Logger.layer([complaints]))
    )
  ),
  Effect.runPromise
)
const end: LoadEnd = {
  acked: ledger.acked.total,
  streamed: ledger.streamed.total,
  grouped: ledger.grouped.total,
  groupedAgain: ledger.groupedAgain,
  refusedCommits: ledger.refusedCommits,
  reread: ledger.reread,
  ...passed,
  problems: ledger.problems
}
process.send!({ kind: "end", end } satisfies FromLoad, () => process.exit(0))
