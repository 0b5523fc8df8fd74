// A run of a client program against a broker: how fast, and what it cost each of the two in CPU.
import * as Bench from "../../Bench.ts"
import * as Contestants from "./Contestants.ts"

export const VALUE_BYTES = 250

/** Before a run of so many records: memory for the page cache of a log, what a client holds, sockets. */
export const rest = (directory: string, records: number): void =>
  Bench.rest(directory, 3 * records * VALUE_BYTES)

/** What a client program tells of itself. */
export interface Client {
  readonly seconds: number
  readonly cpuSeconds: number
}

export interface Sample {
  readonly msgPerS: number
  readonly clientMicros: number
  readonly brokerMicros: number
}

export const measure = async (
  brokerPid: number,
  records: number,
  run: () => Promise<Client>
): Promise<Sample> => {
  const before = Bench.cpuSeconds(brokerPid)
  const { cpuSeconds, seconds } = await run()
  return {
    msgPerS: records / seconds,
    clientMicros: cpuSeconds * 1e6 / records,
    brokerMicros: (Bench.cpuSeconds(brokerPid) - before) * 1e6 / records
  }
}

export type Row = Readonly<Record<string, string | number>>

/** A row for each contestant. */
export const rows = <A>(
  samples: Contestants.Samples<A>,
  what: string,
  of: (sample: A) => Sample
): ReadonlyArray<Row> =>
  [...samples.keys()].map((contestant) => {
    const median = (key: keyof Sample) =>
      Contestants.medianOf(samples, contestant, (sample) => of(sample)[key])
    return {
      load: what,
      broker: contestant.name,
      "M msg/s": median("msgPerS") / 1e6,
      "MB/s": Math.round(median("msgPerS") * VALUE_BYTES / 1e6),
      "broker CPU s/M": median("brokerMicros"),
      "client CPU s/M": median("clientMicros")
    }
  })
