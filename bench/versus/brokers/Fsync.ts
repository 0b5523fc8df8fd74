// acks=all with the answer given when the record is on the device, on both sides: our default beside Kafka's
// flush.messages=1. So many producers at once, each a connection that sends ten records of 250 B and waits for the
// answer before it sends the next: how many records a second, and how long an answer takes.
import { setTimeout } from "node:timers/promises"
import { ErrorCode } from "../../../src/domain/ErrorCode.ts"
import { Produce } from "../../../src/domain/protocol/Produce.ts"
import { RecordBatchBuilder } from "../../../src/domain/record/RecordBatchBuilder.ts"
import * as Api from "../../../src/domain/wire/Api.ts"
import { Reader } from "../../../src/domain/wire/Reader.ts"
import * as Bench from "../../Bench.ts"
import * as KafkaFrames from "../KafkaFrames.ts"
import type * as Programs from "../Programs.ts"
import { RawClient } from "../RawClient.ts"
import * as Contestants from "./Contestants.ts"
import * as Load from "./Load.ts"
import * as Verdict from "./Verdict.ts"

const RECORDS = 10
const SECONDS = Bench.parameter("FSYNC_SECONDS", 0.1, 4)
/** KafkaFrames.produce speaks it; its answer's header is followed by a byte of tags. */
const VERSION = 9
/** Producers, and the partitions that they are spread over. */
const SHAPES = [[1, 1], [10, 1], [50, 1], [50, 12]] as const

interface Sample {
  readonly msgPerS: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly brokerMicros: number
}

const batch = (): Buffer => {
  const builder = new RecordBatchBuilder({ bytesMax: 65536 })
  for (let i = 0; i < RECORDS; i++) {
    builder.append(Date.now(), null, Buffer.alloc(Load.VALUE_BYTES, "v"))
  }
  return builder.seal({})
}

/** Kafka tells of a leader a moment before that leader takes records. */
const NOT_YET = new Set<number>([
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ErrorCode.NOT_LEADER_OR_FOLLOWER
])

/** Whether the records were taken. */
const isTaken = (answer: Buffer): boolean => {
  const reader = new Reader(answer)
  reader.int32()
  reader.int8()
  const { responses } = Api.responseCodec(Produce, VERSION).decode(reader)
  const { errorCode } = responses[0]!.partitionResponses[0]!
  if (NOT_YET.has(errorCode)) return false
  if (errorCode !== 0) throw new Error(`a produce was answered with error ${errorCode}`)
  return true
}

const producer = async (port: number, topic: string, partition: number, world: {
  isOver: boolean
  readonly latenciesMs: Array<number>
}): Promise<void> => {
  const client = await RawClient.connect(port)
  const frame = KafkaFrames.produce(topic, partition, batch(), -1)
  while (!world.isOver) {
    const startMs = performance.now()
    if (isTaken(await client.request(frame))) {
      world.latenciesMs.push(performance.now() - startMs)
    }
  }
  client.close()
}

const run = async (
  program: Programs.Program,
  topic: string,
  producers: number,
  partitions: number
): Promise<Sample> => {
  const world = { isOver: false, latenciesMs: [] as Array<number> }
  const all = Array.from(
    { length: producers },
    (_, i) => producer(program.port, topic, i % partitions, world)
  )
  const ended = Promise.all(all)
  await Promise.race([ended, setTimeout(SECONDS * 250)])
  const from = world.latenciesMs.length
  const cpu = Bench.cpuSeconds(program.pid)
  const startMs = performance.now()
  await Promise.race([ended, setTimeout(SECONDS * 1000)])
  const latenciesMs = world.latenciesMs.slice(from)
  const seconds = (performance.now() - startMs) / 1000
  const cpuSeconds = Bench.cpuSeconds(program.pid) - cpu
  world.isOver = true
  await ended
  const records = latenciesMs.length * RECORDS
  return {
    msgPerS: records / seconds,
    p50Ms: Bench.median(latenciesMs),
    p99Ms: Bench.percentile(latenciesMs, 0.99),
    brokerMicros: cpuSeconds * 1e6 / records
  }
}

export const measure = async (contestants: Contestants.Contestants): Promise<void> => {
  const { kafka, mymq } = contestants
  const rows: Array<Load.Row> = []
  for (const [producers, partitions] of SHAPES) {
    const samples = await Contestants.inTurnsSynced(
      contestants,
      partitions,
      (program, topic) => run(program, topic, producers, partitions)
    )
    for (const [contestant] of samples) {
      const median = (key: keyof Sample) =>
        Contestants.medianOf(samples, contestant, (sample) => sample[key])
      rows.push({
        producers,
        partitions,
        broker: contestant.name,
        "msg/s": Math.round(median("msgPerS")),
        "p50 ms": median("p50Ms"),
        "p99 ms": median("p99Ms"),
        "broker CPU s/M": median("brokerMicros")
      })
    }
    if (kafka === undefined) continue
    const of = (key: keyof Sample) =>
      Contestants.ratio(samples, mymq, kafka, (sample: Sample) => sample[key])
    const what = `fsync, ${producers} producers on ${partitions} partitions`
    Verdict.add(`${what}, msg/s`, of("msgPerS"), ">= 3")
    Verdict.add(`${what}, p99`, of("p99Ms"), "<= 1")
  }
  console.log(`acks=all on the device, ${RECORDS} records of ${Load.VALUE_BYTES} B a request\n`)
  console.log(`${Bench.table(rows)}\n`)
}
