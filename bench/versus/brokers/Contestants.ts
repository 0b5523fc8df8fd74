// The brokers that are compared, each a process that runs through the whole bench, so that compilers are warm and
// what they hold in memory after the load can be told; loaded one at a time, in turns.
import * as Bench from "../../Bench.ts"
import * as Programs from "../Programs.ts"
import * as KafkaBroker from "./KafkaBroker.ts"
import * as Topics from "./Topics.ts"

export const ROUNDS = Bench.parameter("ROUNDS", 1, 5)
const WARM_ROUNDS = Bench.parameter("WARM_ROUNDS", 0, 1)

export interface Contestant {
  readonly name: string
  readonly program: Programs.Program
  /** Resident once it had answered, before any load. */
  readonly idleMegabytes: number
}

export interface Contestants {
  /** With its defaults: acks=all is on the device before it is answered. */
  readonly mymq: Contestant
  /** durability=os: acks=all is in the page cache, which is what Kafka's default promises. */
  readonly mymqOs: Contestant
  readonly kafka: Contestant | undefined
}

/** Started on any directory; what follows a start is over after so long. */
const SETTLE_MS = Bench.parameter("SETTLE_MS", 0, 3000)

const settled = async (name: string, program: Programs.Program): Promise<Contestant> => {
  await Topics.firstAnswer(program.port)
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
  return { name, program, idleMegabytes: Bench.residentMegabytes(program.pid) }
}

/** Runs with all of them and ends them, whatever happens. */
export const during = async (
  hasKafka: boolean,
  run: (contestants: Contestants) => Promise<void>
): Promise<void> => {
  const programs: Array<Programs.Program> = []
  // A bench that ends by a signal, or by an error nobody waited for, comes by no finally.
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1))
  process.once("exit", () => {
    for (const program of programs) void program.end()
  })
  const started = async (name: string, start: () => Promise<Programs.Program>) => {
    const program = await start()
    programs.push(program)
    return settled(name, program)
  }
  try {
    const mymq = await started("mymq", () => Programs.broker())
    const mymqOs = await started("mymq, os", () => Programs.broker({ durability: "os" }))
    const kafka = hasKafka
      ? await started("kafka", async () => KafkaBroker.launch(await KafkaBroker.format()))
      : undefined
    await run({ mymq, mymqOs, kafka })
  } finally {
    for (const program of programs) await program.stop()
  }
}

export const present = (
  ...contestants: ReadonlyArray<Contestant | undefined>
): ReadonlyArray<Contestant> => contestants.filter((one) => one !== undefined)

/** What each contestant showed in each round. */
export type Samples<A> = ReadonlyMap<Contestant, ReadonlyArray<A>>

/** Rounds in which each has its turn, each round in the other order; the first is not counted. */
export const inTurns = async <A>(
  contestants: ReadonlyArray<Contestant>,
  run: (contestant: Contestant) => Promise<A>
): Promise<Samples<A>> => {
  const samples = new Map(contestants.map((one) => [one, [] as Array<A>]))
  for (let round = 0; round < WARM_ROUNDS + ROUNDS; round++) {
    for (const one of round % 2 === 0 ? contestants : contestants.toReversed()) {
      const sample = await run(one)
      if (round >= WARM_ROUNDS) samples.get(one)!.push(sample)
    }
  }
  return samples
}

/** The same with a topic for each run whose answers to acks=all wait for the device: Kafka's flush.messages=1, our default. */
export const inTurnsSynced = <A>(
  { kafka, mymq }: Contestants,
  partitions: number,
  run: (program: Programs.Program, topic: string) => Promise<A>
): Promise<Samples<A>> =>
  inTurns(present(mymq, kafka), (one) => {
    const configs: Readonly<Record<string, string>> = one === kafka ? { "flush.messages": "1" } : {}
    return Topics.during(one.program, partitions, configs, (topic) => run(one.program, topic))
  })

export const medianOf = <A>(
  samples: Samples<A>,
  contestant: Contestant,
  figure: (sample: A) => number
): number => Bench.median(samples.get(contestant)!.map(figure))

/** The median of the rounds' own ratios, whose two halves ran one after the other. */
export const ratio = <A>(
  samples: Samples<A>,
  of: Contestant,
  to: Contestant,
  figure: (sample: A) => number
): number =>
  Bench.median(samples.get(of)!.map((sample, i) => figure(sample) / figure(samples.get(to)![i]!)))
