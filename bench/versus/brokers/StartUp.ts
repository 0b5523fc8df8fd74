// From exec to the first answer about metadata, on an empty directory (Kafka's is formatted before), in wall time
// and CPU, and what is resident a moment after it. Each round starts a process of each.
import * as Bench from "../../Bench.ts"
import * as Programs from "../Programs.ts"
import * as Contestants from "./Contestants.ts"
import * as KafkaBroker from "./KafkaBroker.ts"
import * as Topics from "./Topics.ts"
import * as Verdict from "./Verdict.ts"

interface Sample {
  readonly wallS: number
  readonly cpuS: number
}

const timed = async (start: () => Promise<Programs.Program>): Promise<Sample> => {
  const startMs = performance.now()
  const program = await start()
  try {
    await Topics.firstAnswer(program.port)
    const wallS = (performance.now() - startMs) / 1000
    return { wallS, cpuS: Bench.cpuSeconds(program.pid) }
  } finally {
    await program.stop()
  }
}

const run = async (isKafka: boolean): Promise<Sample> => {
  if (!isKafka) return timed(() => Programs.broker())
  const place = await KafkaBroker.format()
  return timed(async () => KafkaBroker.launch(place))
}

export const measure = async ({ kafka, mymq }: Contestants.Contestants): Promise<void> => {
  const samples = await Contestants.inTurns(
    Contestants.present(mymq, kafka),
    (contestant) => run(contestant === kafka)
  )
  console.log("start on an empty directory, to the first answer about metadata\n")
  const rows = [...samples.keys()].map((contestant) => ({
    broker: contestant.name,
    "start wall s": Contestants.medianOf(samples, contestant, ({ wallS }) => wallS),
    "start CPU s": Contestants.medianOf(samples, contestant, ({ cpuS }) => cpuS)
  }))
  console.log(`${Bench.table(rows)}\n`)
  if (kafka === undefined) return
  const of = (figure: (sample: Sample) => number) => Contestants.ratio(samples, mymq, kafka, figure)
  Verdict.add("start, wall", of(({ wallS }) => wallS), "<= 0.1")
  Verdict.add("start, CPU", of(({ cpuS }) => cpuS), "<= 0.1")
}

/** What the processes that bore all the load hold, beside what they held before it. */
export const memory = ({ kafka, mymq, mymqOs }: Contestants.Contestants): void => {
  const resident = ({ program }: Contestants.Contestant) => Bench.residentMegabytes(program.pid)
  const all = Contestants.present(mymq, mymqOs, kafka)
  console.log("resident memory of the brokers that bore what was measured above\n")
  const rows = all.map((contestant) => ({
    broker: contestant.name,
    "idle RSS MB": contestant.idleMegabytes,
    "RSS MB after the load": resident(contestant)
  }))
  console.log(`${Bench.table(rows)}\n`)
  if (kafka === undefined) return
  Verdict.add("resident, idle", mymq.idleMegabytes / kafka.idleMegabytes, "<= 0.25")
  Verdict.add("resident, after the load", resident(mymq) / resident(kafka), "<= 0.25")
}
