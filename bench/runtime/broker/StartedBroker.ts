// A broker that is started on a directory with data, and what that took: from the process's start to the first
// answer, in wall time and in CPU, and what it then holds in memory.
import * as Bench from "../../Bench.ts"
import * as KafkaFrames from "../../versus/KafkaFrames.ts"
import * as Programs from "../../versus/Programs.ts"
import { RawClient } from "../../versus/RawClient.ts"

export interface Start {
  readonly wallS: number
  readonly cpuS: number
  readonly residentMb: number
}

export interface StartedBroker {
  readonly program: Programs.Program
  readonly client: RawClient
  readonly start: Start
}

/** Asked for, and not there: its answer is short whatever else there is. */
const NO_TOPIC = "not-there"

export const start = async (
  directory: string,
  configs: Readonly<Record<string, string>> = {}
): Promise<StartedBroker> => {
  const before = performance.now()
  const program = await Programs.brokerOn(directory, configs)
  const client = await RawClient.connect(program.port)
  await client.request(KafkaFrames.metadata(NO_TOPIC))
  return {
    program,
    client,
    start: {
      wallS: (performance.now() - before) / 1000,
      cpuS: Bench.cpuSeconds(program.pid),
      residentMb: Bench.residentMegabytes(program.pid)
    }
  }
}

/** Ends it; gives the seconds that took. */
export const end = async ({ client, program }: StartedBroker): Promise<number> => {
  const before = performance.now()
  client.close()
  await program.end()
  return (performance.now() - before) / 1000
}

export const median = (starts: ReadonlyArray<Start>, key: keyof Start): number =>
  Bench.median(starts.map((each) => each[key]))
