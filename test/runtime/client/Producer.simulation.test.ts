// A producer under what a seed brings: cuts, slow and odd networks, refusals of every kind, moving leaders,
// answers that are lost after the batch was written. Whatever happens, an idempotent producer's records lie in
// the log once, in order, and each callback was told the truth. `SEEDS=1000` looks further.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { ErrorCode } from "../../../src/domain/ErrorCode.ts"
import * as ProducerState from "../../../src/domain/log/ProducerState.ts"
import { InitProducerId } from "../../../src/domain/protocol/InitProducerId.ts"
import { Produce } from "../../../src/domain/protocol/Produce.ts"
import * as Record from "../../../src/domain/record/Record.ts"
import * as RecordBatch from "../../../src/domain/record/RecordBatch.ts"
import { MemoryNetwork } from "../../../src/layers/transport/MemoryTransport.ts"
import { Producer } from "../../../src/runtime/client/Producer.ts"
import type { ProducerOptions } from "../../../src/runtime/client/producer/ProducerOptions.ts"
import { passing, turn } from "../../world/Passing.ts"
import * as ProducerWorld from "../../world/ProducerWorld.ts"
import * as Scripted from "../../world/ScriptedBroker.ts"

const SEEDS = Number(process.env["SEEDS"] ?? 12)
const PARTITIONS = 3

const numbers = (count: number): ReadonlyArray<number> => Array.from({ length: count }, (_, i) => i)

class Dice {
  private state: number

  constructor(seed: number) {
    this.state = (seed * 7919 + 1) >>> 0
  }

  /** Below `bound`. */
  next(bound: number): number {
    this.state = (this.state * 1_664_525 + 1_013_904_223) >>> 0
    return Math.floor((this.state / 2 ** 32) * bound)
  }

  is(percent: number): boolean {
    return this.next(100) < percent
  }

  pick<A>(values: ReadonlyArray<A>): A {
    return values[this.next(values.length)]!
  }
}

const optionsOf = (dice: Dice): ProducerOptions => ({
  lingerMs: dice.pick([0, 5, 20]),
  batchBytesMax: dice.pick([200, 500, 5000]),
  bufferMemoryBytes: dice.pick([5000, 100_000]),
  inFlightRequestsMax: dice.pick([1, 2, 5]),
  requestBytesMax: dice.pick([4000, 100_000])
})

/** Pushes at random while `disturb` does its worst; ends when all is answered. */
const workload = Effect.fnUntraced(function*(
  dice: Dice,
  disturb: Effect.Effect<void, never, MemoryNetwork>
) {
  const producer = yield* Producer
  const network = yield* MemoryNetwork
  const { callback, calls } = ProducerWorld.collector()
  const pushed: ReadonlyArray<Array<string>> = numbers(PARTITIONS).map(() => [])
  let count = 0
  for (const _ of numbers(60)) {
    for (const _ of numbers(dice.next(40))) {
      const partition = dice.next(PARTITIONS)
      const value = `${count++}`.padEnd(dice.next(60), ".")
      pushed[partition]!.push(value)
      if (!producer.push({ topic: "orders", partition, value }, callback)) {
        yield* passing(producer.drained, 5)
      }
    }
    for (const _ of numbers(dice.next(8))) yield* turn
    yield* disturb
    yield* TestClock.adjust(dice.next(30))
  }
  yield* network.setWeather({ delayMs: 0, chunkBytes: 65_536 })
  yield* passing(producer.flush)
  assert.deepStrictEqual(calls.filter(({ error }) => error !== undefined), [])
  assert.strictEqual(calls.length, count)
  return { pushed, offsetsOf: (partition: number) => offsetsOf(calls, partition) }
})

const offsetsOf = (calls: ReadonlyArray<ProducerWorld.Called>, partition: number) =>
  calls.filter((call) => call.partition === partition).map(({ offset }) => offset)

const weather = (dice: Dice) =>
  Effect.gen(function*() {
    const network = yield* MemoryNetwork
    const delayMs = dice.is(30) ? dice.next(20) : 0
    yield* network.setWeather({ delayMs, chunkBytes: 1 + dice.next(100) })
    if (dice.is(40)) yield* network.cut()
  })

describe("A simulated producer", () => {
  for (const seed of numbers(SEEDS)) {
    it.effect(`loses and repeats nothing on a bad network, seed ${seed}`, () => {
      const dice = new Dice(seed)
      const compression = dice.pick(["none", "zstd", "snappy"] as const)
      return Effect.gen(function*() {
        yield* ProducerWorld.createTopic("orders", PARTITIONS)
        const { offsetsOf, pushed } = yield* workload(dice, weather(dice))
        for (const partition of numbers(PARTITIONS)) {
          const records = yield* ProducerWorld.logged("orders", partition)
          assert.deepStrictEqual(records.map(({ value }) => value), pushed[partition])
          assert.deepStrictEqual(offsetsOf(partition), numbers(records.length))
        }
      }).pipe(Effect.provide(ProducerWorld.layer({ ...optionsOf(dice), compression })))
    })

    it.effect(`loses and repeats nothing beside bad brokers, seed ${seed}`, () => {
      const dice = new Dice(seed + 1_000_000)
      return Effect.gen(function*() {
        const logs = script(yield* Scripted.ScriptedBroker, dice)
        const { offsetsOf, pushed } = yield* workload(dice, weather(dice))
        for (const partition of numbers(PARTITIONS)) {
          const { values } = logs[partition]!
          assert.deepStrictEqual(values, pushed[partition])
          const told = offsetsOf(partition)
          // What the broker took without saying where has no offset.
          assert.deepStrictEqual(
            told.map((offset, i) => offset < 0 ? i : offset),
            numbers(told.length)
          )
        }
      }).pipe(Effect.provide(
        Producer.layer({ ...optionsOf(dice), deliveryTimeoutMs: 100_000_000 }).pipe(
          Layer.provideMerge(Scripted.layer({
            brokers: 2,
            topics: { orders: numbers(PARTITIONS).map(() => 1) }
          }))
        )
      ))
    })
  }
})

const REFUSALS = [
  ErrorCode.NOT_ENOUGH_REPLICAS,
  ErrorCode.REQUEST_TIMED_OUT,
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ErrorCode.CORRUPT_MESSAGE,
  ErrorCode.KAFKA_STORAGE_ERROR
]

/** Two brokers over the same logs, with the broker's own rules for numbers. */
const script = (broker: Scripted.ScriptedBroker["Service"], dice: Dice) => {
  const logs = numbers(PARTITIONS).map(() => ({
    leader: 1,
    values: [] as Array<string>,
    state: new ProducerState.ProducerState()
  }))
  // The same for every attempt: a batch that was taken once is never too large later.
  const recordsMax = dice.pick([2, 5, 1000])
  const refused = { recordErrors: [], errorMessage: null, logStartOffset: 0, logAppendTimeMs: -1 }
  const nobody = { leaderId: -1, leaderEpoch: -1 }
  const answer = (index: number, errorCode: number, baseOffset = -1) => ({
    ...refused,
    index,
    errorCode,
    baseOffset,
    currentLeader: nobody
  })
  const take = (nodeId: number, index: number, bytes: Buffer) => {
    const log = logs[index]!
    if (dice.is(3)) {
      log.leader = 3 - log.leader
      broker.setTopics({ orders: logs.map(({ leader }) => leader) })
    }
    if (log.leader !== nodeId) return answer(index, ErrorCode.NOT_LEADER_OR_FOLLOWER)
    if (dice.is(10)) return answer(index, dice.pick(REFUSALS))
    const records = Record.ofBatch(bytes, 0)
    if (records.length > recordsMax) return answer(index, ErrorCode.MESSAGE_TOO_LARGE)
    const batch = { ...ProducerState.batchOf(bytes, 0), baseOffset: log.values.length }
    const producerId = RecordBatch.producerId(bytes, 0)
    const epoch = RecordBatch.producerEpoch(bytes, 0)
    const { baseSequence, lastSequence } = batch
    const verdict = log.state.check(producerId, epoch, baseSequence, lastSequence)
    if (verdict._tag === "Refused") return answer(index, verdict.errorCode)
    if (verdict._tag === "Duplicate") {
      return dice.is(20)
        ? answer(index, ErrorCode.DUPLICATE_SEQUENCE_NUMBER)
        : answer(index, ErrorCode.NONE, verdict.original.baseOffset)
    }
    log.state.append(producerId, epoch, batch)
    log.values.push(...records.map(({ value }) => value!.toString()))
    return dice.is(5)
      ? answer(index, ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND)
      : answer(index, ErrorCode.NONE, batch.baseOffset)
  }
  broker.on(InitProducerId, ({ count }) => ({
    throttleTimeMs: 0,
    errorCode: dice.is(30) ? ErrorCode.COORDINATOR_LOAD_IN_PROGRESS : ErrorCode.NONE,
    producerId: count,
    producerEpoch: 0
  }))
  broker.on(Produce, ({ nodeId, request }) => {
    const responses = request.topicData.map(({ name, partitionData }) => ({
      name,
      partitionResponses: partitionData.map(({ index, records }) =>
        take(nodeId, index, records as Buffer)
      )
    }))
    return dice.is(5) ? "cut" : { responses, throttleTimeMs: 0, nodeEndpoints: [] }
  })
  return logs
}
