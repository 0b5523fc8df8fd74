// Those who read the lanes' topics: a stream of all, a group that polls and commits, whose further members come
// and go, and somebody who reads from the beginning now and then.
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { ErrorCode } from "../../src/domain/ErrorCode.ts"
import type { TopicPartition } from "../../src/domain/Topic.ts"
import * as Topic from "../../src/domain/Topic.ts"
import type { ClientError } from "../../src/runtime/client/ClientError.ts"
import * as Consumer from "../../src/runtime/client/Consumer.ts"
import type { SoakLedger } from "./SoakLedger.ts"
import * as Settings from "./SoakSettings.ts"

const POLL_RECORDS = 20_000
/** Of each reader from the beginning, at most. */
const REREAD_RECORDS = 200_000

const REBALANCED = new Set<number>([ErrorCode.ILLEGAL_GENERATION, ErrorCode.REBALANCE_IN_PROGRESS])

const partitionsOf = (topic: string): ReadonlyArray<TopicPartition> =>
  Array.from({ length: Settings.PARTITIONS }, (_, partition) => ({ topic, partition }))

export const stream = Effect.fnUntraced(function*(ledger: SoakLedger) {
  const consumer = yield* Consumer.make({ autoOffsetReset: "earliest" })
  yield* consumer.assign(Settings.TOPICS.flatMap(partitionsOf))
  return yield* Stream.runForEach(
    consumer.batches,
    ({ partition, records, topic }) =>
      Effect.sync(() => ledger.tookStreamed(topic, partition, records))
  )
})

/** In the group until `isOver`; what it has read is committed before it leaves. */
export const member = Effect.fnUntraced(
  function*(ledger: SoakLedger, isOver: () => boolean = () => false) {
    const consumer = yield* Consumer.make({
      groupId: Settings.GROUP,
      topics: Settings.TOPICS,
      autoCommit: false,
      autoOffsetReset: "earliest",
      heartbeatIntervalMs: 500
    })
    while (!isOver()) {
      const records = yield* consumer.poll(POLL_RECORDS)
      if (records.length === 0) continue
      ledger.tookGrouped(records)
      yield* Effect.catch(consumer.commitSync(), (error) => overtakenByRebalance(error, ledger))
    }
  },
  Effect.scoped
)

/** A commit of a partition that a rebalance gave away meanwhile is rightly refused. */
const overtakenByRebalance = (error: ClientError, ledger: SoakLedger) => {
  if (!REBALANCED.has(error.errorCode)) return Effect.fail(error)
  ledger.refusedCommits++
  return Effect.void
}

/** Members that stay for as long as they then stay away. */
export const passingMembers = Effect.fnUntraced(function*(ledger: SoakLedger, told: () => void) {
  const stayMs = Settings.MEMBER_EVERY_S * 1000
  while (true) {
    const endMs = performance.now() + stayMs
    yield* member(ledger, () => performance.now() >= endMs)
    told()
    yield* Effect.sleep(stayMs)
  }
})

/** One topic from its beginning, and the next one some time later. */
export const rereaders = Effect.fnUntraced(function*(ledger: SoakLedger) {
  for (let i = 0; true; i++) {
    yield* Effect.sleep(Settings.REREAD_EVERY_S * 1000)
    yield* reread(Settings.TOPICS[i % Settings.TOPICS.length]!, ledger)
  }
})

const reread = Effect.fnUntraced(function*(topic: string, ledger: SoakLedger) {
  const consumer = yield* Consumer.make({ autoOffsetReset: "earliest" })
  const partitions = partitionsOf(topic)
  yield* consumer.assign(partitions)
  const ends = yield* consumer.endOffsets(partitions)
  const begins = yield* consumer.beginningOffsets(partitions)
  yield* consumer.seekToBeginning()
  const next = partitions.map((partition) => begins.get(Topic.format(topic, partition.partition))!)
  const until = partitions.map((partition) => ends.get(Topic.format(topic, partition.partition))!)
  for (let left = REREAD_RECORDS; left > 0 && next.some((offset, i) => offset < until[i]!);) {
    const batches = yield* consumer.pollBatches()
    for (const { partition, records } of batches) {
      const first = records[0].offset
      if (first !== next[partition]) {
        yield* overtaken(consumer, { topic, partition }, next[partition]!, first, ledger)
      }
      for (const record of records) ledger.checkHead(record, record.value!)
      next[partition] = records.at(-1)!.offset + 1
      ledger.reread += records.length
      left -= records.length
    }
  }
}, Effect.scoped)

/** A hole is right only where retention has taken what should have come. */
const overtaken = Effect.fnUntraced(function*(
  consumer: Consumer.Consumer["Service"],
  place: TopicPartition,
  expected: number,
  came: number,
  ledger: SoakLedger
) {
  const begins = yield* consumer.beginningOffsets([place])
  const begin = begins.get(Topic.format(place.topic, place.partition))!
  if (came > expected && begin > expected) return
  ledger.problem(
    `${place.topic}-${place.partition}: reading again, ${came} came where ${expected} had to ` +
      `(the log begins at ${begin})`
  )
})
