// The headline's load, the same for the floor and for ours: how many records of which values, in which
// batches, and how a client program measures itself and its server. `node PROGRAM PORT SERVER_PID DIRECTORY`
// warms up, then measures, and prints what that took as one line of JSON.
import { make } from "../../src/runtime/cli/bench/SampleValues.ts"
import * as Bench from "../Bench.ts"

export const RECORDS = Bench.parameter("RECORDS", 3000, 4_000_000)
/** Sent and read before anything is measured: the compilers of Node need some seconds. */
export const WARM = Bench.parameter("WARM", 1000, 8_000_000)
/** The last of these come after `rest`, so that nothing is cold again when the clock starts. */
export const RUN_UP = Math.floor(WARM / 8)
export const BATCH_BYTES = Bench.parameter("BATCH", 16_384, 524_288)
/** Of a poll, after which its position is committed. */
export const POLL_RECORDS = Bench.parameter("POLL_RECORDS", 500, 4000)
export const IN_FLIGHT = 5
export const TOPIC = "headline"

const BYTES_MIN = Bench.parameter("BYTES_MIN", 200, 200)
const BYTES_MAX = Bench.parameter("BYTES_MAX", 300, 300)

/** Lines like a log's, of 200 to 300 bytes, in an order that repeats only after thousands. */
export const values = (): ReadonlyArray<Buffer> =>
  make(BYTES_MAX, "text").map((line, i) =>
    line.subarray(0, BYTES_MIN + i * 37 % (BYTES_MAX - BYTES_MIN + 1))
  )

export const VALUE_BYTES_MEAN = (BYTES_MIN + BYTES_MAX) / 2

/** What a client program says of its measured part. */
export interface Told {
  readonly msgPerS: number
  readonly clientCpuS: number
  readonly serverCpuS: number
}

const [portText = "0", pidText = "0", directory = ""] = process.argv.slice(2)
export const port = Number(portText)

/** Just before it is measured: the host would have the memory back within seconds. */
export const rest = (): void => {
  Bench.rest(directory, 1.25 * (RUN_UP + RECORDS) * BYTES_MAX)
}

/** Starts measuring; the function that it gives ends that, and tells. */
export const measure = (): () => void => {
  const pid = Number(pidText)
  const server = Bench.cpuSeconds(pid)
  const client = process.cpuUsage()
  const startMs = performance.now()
  return () => {
    const seconds = (performance.now() - startMs) / 1000
    const { system, user } = process.cpuUsage(client)
    const told: Told = {
      msgPerS: RECORDS / seconds,
      clientCpuS: (system + user) / 1e6,
      serverCpuS: Bench.cpuSeconds(pid) - server
    }
    console.log(JSON.stringify(told))
  }
}
