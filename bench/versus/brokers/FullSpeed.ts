// A client as fast as it goes against each broker, acks=1 and acks=all, and reading what it wrote: the tables and
// verdicts that librdkafka's tool and Kafka's own have alike.
import * as Bench from "../../Bench.ts"
import type * as Programs from "../Programs.ts"
import * as Contestants from "./Contestants.ts"
import * as Load from "./Load.ts"
import * as Topics from "./Topics.ts"
import * as Verdict from "./Verdict.ts"

export type Acks = "1" | "all"

export interface Client {
  /** Above its table. */
  readonly title: string
  /** Before the name of a load in the verdict; a load is "NAME, acks=1" or, of those read, NAME. */
  readonly prefix: string
  readonly producer: string
  readonly consumer: string
  readonly produce: (program: Programs.Program, topic: string, acks: Acks) => Promise<Load.Sample>
  readonly consume: (program: Programs.Program, topic: string) => Promise<Load.Sample>
}

export const measure = async (
  client: Client,
  { kafka, mymq, mymqOs }: Contestants.Contestants
): Promise<void> => {
  const rows: Array<Load.Row> = []
  const note = <A>(
    what: string,
    samples: Contestants.Samples<A>,
    ours: Contestants.Contestant,
    of: (sample: A) => Load.Sample
  ): void => {
    rows.push(...Load.rows(samples, what, of))
    if (kafka === undefined) return
    const ratio = (figure: "msgPerS" | "brokerMicros") =>
      Contestants.ratio(samples, ours, kafka, (sample) => of(sample)[figure])
    Verdict.add(`${client.prefix}${what}, msg/s`, ratio("msgPerS"), ">= 1")
    Verdict.add(`${client.prefix}${what}, broker CPU`, ratio("brokerMicros"), "<= 1")
  }
  const writtenAndRead = await Contestants.inTurns(
    Contestants.present(mymq, kafka),
    ({ program }) =>
      Topics.during(program, 1, {}, async (topic) => ({
        produced: await client.produce(program, topic, "1"),
        consumed: await client.consume(program, topic)
      }))
  )
  note(`${client.producer}, acks=1`, writtenAndRead, mymq, ({ produced }) => produced)
  note(client.consumer, writtenAndRead, mymq, ({ consumed }) => consumed)
  const written = await Contestants.inTurns(
    Contestants.present(mymqOs, mymq, kafka),
    ({ program }) => Topics.during(program, 1, {}, (topic) => client.produce(program, topic, "all"))
  )
  note(`${client.producer}, acks=all`, written, mymqOs, (sample) => sample)
  console.log(`${client.title} of ${Load.VALUE_BYTES} B, one partition\n`)
  console.log(`${Bench.table(rows)}\n`)
}
