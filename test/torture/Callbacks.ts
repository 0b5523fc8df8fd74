// A callback for every message, and every byte of every message: records of 200 to 300 B to one partition, each
// with a callback of its own, which must run once, in order, with the offset that the record has; then the same
// records by poll and commitSync, each compared byte by byte. What a record holds follows from its number.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Compression } from "../../src/layers/compression/Compression.ts"
import * as Client from "../../src/runtime/client/Client.ts"
import type { ClientError } from "../../src/runtime/client/ClientError.ts"
import * as Consumer from "../../src/runtime/client/Consumer.ts"
import * as Producer from "../../src/runtime/client/Producer.ts"
import { BrokerProcess } from "../interop/BrokerProcess.ts"
import { random } from "./Random.ts"

const PATTERN_BYTES = 65_536
const VALUE_BYTES_MIN = 200
const VALUE_BYTES_MAX = 300
const NUMBER_BYTES = 4
const POLL_RECORDS_MAX = 5000
const PROBLEMS_MAX = 20

export interface CallbacksResult {
  readonly summary: string
  readonly problems: ReadonlyArray<string>
}

/** What record `index` holds: its number, and a piece of random bytes that begins elsewhere each time. */
class Content {
  private readonly pattern: Buffer
  private readonly scratch = Buffer.alloc(VALUE_BYTES_MAX)

  constructor() {
    const draw = random(4)
    this.pattern = Buffer.from(
      Array.from({ length: PATTERN_BYTES }, () => Math.floor(draw() * 256))
    )
  }

  /** Good until the next call: a producer copies what it is given. */
  of(index: number): Buffer {
    const bytes = this.bytes(index)
    this.scratch.writeUInt32BE(index, 0)
    const from = this.from(index)
    this.pattern.copy(this.scratch, NUMBER_BYTES, from, from + bytes - NUMBER_BYTES)
    return this.scratch.subarray(0, bytes)
  }

  isOf(index: number, value: Buffer | null): boolean {
    const bytes = this.bytes(index)
    const from = this.from(index)
    return value !== null && value.length === bytes && value.readUInt32BE(0) === index &&
      value.compare(this.pattern, from, from + bytes - NUMBER_BYTES, NUMBER_BYTES) === 0
  }

  private bytes(index: number): number {
    return VALUE_BYTES_MIN + (index * 7919) % (VALUE_BYTES_MAX - VALUE_BYTES_MIN + 1)
  }

  private from(index: number): number {
    return (index * 31) % (PATTERN_BYTES - VALUE_BYTES_MAX)
  }
}

const content = new Content()

class Check {
  readonly problems: Array<string> = []
  private readonly times: Uint8Array
  private next = 0

  constructor(records: number) {
    this.times = new Uint8Array(records)
  }

  called(index: number, error: ClientError | undefined, offset: number): void {
    if (error !== undefined) return this.say(`record ${index} failed: ${error.message}`)
    if (++this.times[index]! > 1) this.say(`record ${index} was called back again`)
    if (index !== this.next) this.say(`record ${index} was called back instead of ${this.next}`)
    if (offset !== index) this.say(`record ${index} was told offset ${offset}`)
    this.next = index + 1
  }

  settled(): void {
    const missing = this.times.reduce((count, times) => times === 0 ? count + 1 : count, 0)
    if (missing > 0) this.say(`${missing} records were never called back`)
  }

  say(problem: string): void {
    if (this.problems.length < PROBLEMS_MAX) this.problems.push(problem)
  }
}

/** Its topic must be new. */
const produce = Effect.fnUntraced(function*(topic: string, records: number, check: Check) {
  const producer = yield* Producer.make()
  for (let index = 0; index < records; index++) {
    const record = { topic, partition: 0, value: content.of(index) }
    const hasRoom = producer.push(record, (error, _, offset) => {
      check.called(index, error, offset)
    })
    if (!hasRoom) yield* producer.drained
  }
  yield* producer.flush
  check.settled()
})

const consume = Effect.fnUntraced(function*(topic: string, records: number, check: Check) {
  const options = { groupId: topic, autoCommit: false, autoOffsetReset: "earliest" } as const
  const consumer = yield* Consumer.make({ ...options, topics: [topic] })
  let next = 0
  let commits = 0
  while (next < records) {
    const polled = yield* consumer.poll(POLL_RECORDS_MAX, "10 seconds")
    for (const { offset, value } of polled) {
      if (offset !== next) check.say(`offset ${offset} was read instead of ${next}`)
      if (!content.isOf(offset, value)) check.say(`the record at ${offset} has other bytes`)
      next = offset + 1
    }
    if (polled.length === 0) continue
    yield* consumer.commitSync()
    commits++
  }
  const committed = yield* consumer.committed([{ topic, partition: 0 }])
  const offset = committed.get(`${topic}-0`)?.offset
  if (offset !== records) check.say(`${offset} is committed instead of ${records}`)
  return commits
})

const timed = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const start = performance.now()
    const cpu = process.cpuUsage()
    return Effect.map(effect, (value) => {
      const { system, user } = process.cpuUsage(cpu)
      return { value, seconds: (performance.now() - start) / 1000, cpuMicros: system + user }
    })
  })

/** Against the built broker, or the one at `bootstrap`. */
export const run = async (records: number, bootstrap?: string): Promise<CallbacksResult> => {
  const broker = bootstrap === undefined ? await BrokerProcess.start() : undefined
  const bootstrapServers = bootstrap ?? broker!.address()
  const topic = `callbacks-${Date.now()}`
  const check = new Check(records)
  const told = (what: string, seconds: number, cpuMicros: number) =>
    `${records} records ${what} in ${seconds.toFixed(1)} s ` +
    `(${Math.round(records / seconds)}/s, ${(cpuMicros / records).toFixed(2)} us of CPU each)`
  try {
    const [written, read] = await Effect.runPromise(
      Effect.all([
        Effect.scoped(timed(produce(topic, records, check))),
        Effect.scoped(timed(consume(topic, records, check)))
      ]).pipe(
        Effect.provide(Layer.mergeAll(Client.layer({ bootstrapServers }), Compression.layer))
      )
    )
    return {
      problems: check.problems,
      summary: `${told("called back", written.seconds, written.cpuMicros)}\n` +
        `${told("read and compared", read.seconds, read.cpuMicros)}, ${read.value} commits`
    }
  } finally {
    await broker?.dispose()
  }
}
