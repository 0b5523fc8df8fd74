// What `mymq consume` does: prints records of a topic, from a position on, until another position, a count,
// or somebody ends it; or as a member of a group, which commits what was printed. Records of one partition
// come in order, those of several as they come.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { TopicPartition } from "../../../domain/Topic.ts"
import { Compression } from "../../../layers/compression/Compression.ts"
import * as ConsumerModule from "../../client/Consumer.ts"
import type { ConsumerBatch } from "../../client/consumer/ConsumerBatch.ts"
import type { ConsumerOptions } from "../../client/consumer/ConsumerOptions.ts"
import type { ConsumerRecord } from "../../client/consumer/ConsumerRecord.ts"
import type * as BrokerFlags from "../BrokerFlags.ts"
import * as ClusterAccess from "../ClusterAccess.ts"
import { UsageError } from "../ExitCode.ts"
import * as Output from "../Output.ts"
import * as PartitionChoice from "../PartitionChoice.ts"
import type * as Position from "../Position.ts"
import * as PositionLookup from "../PositionLookup.ts"
import * as Refusal from "../Refusal.ts"
import { ReadingEnd } from "./ReadingEnd.ts"
import * as RecordText from "./RecordText.ts"

export interface Given {
  readonly broker: BrokerFlags.Given
  readonly topic: string
  readonly from: Option.Option<Position.Position>
  readonly to: Option.Option<Position.Position>
  readonly partitions: ReadonlyArray<number>
  readonly group: Option.Option<string>
  readonly count: Option.Option<number>
  readonly grep: Option.Option<RegExp>
  readonly format: RecordText.Print
  readonly readCommitted: boolean
  readonly json: boolean
}

const BATCHES_MAX = 16
/** How long a poll waits; then partitions are looked at that may end without a record. */
const POLL_WAIT = "250 millis"

const byHand = Effect.fnUntraced(function*(given: Given) {
  const { topic } = given
  const named = Refusal.named("topic", topic)
  const partitions = yield* PartitionChoice.of(topic, given.partitions)
  const from = Option.getOrElse(given.from, (): Position.Position => ({ _tag: "Start" }))
  const starts = yield* named(PositionLookup.places(partitions, from))
  const ends = Option.isNone(given.to)
    ? undefined
    : (yield* named(PositionLookup.places(partitions, given.to.value)))
      .map(({ offset, partition }) => ({ topic, partition, end: offset }))
  const reading = new ReadingEnd(ends, Option.getOrElse(given.count, () => Infinity))
  for (const { offset, ...place } of starts) reading.reached(place, offset)
  if (reading.isReached) return
  const consumer = yield* ConsumerModule.make({
    autoOffsetReset: "earliest",
    isolationLevel: given.readCommitted ? "read_committed" : "read_uncommitted"
  })
  const left = starts.filter((place) => ends === undefined || isAmong(reading.unread, place))
  yield* consumer.assign(left.map(({ partition }) => ({ topic, partition })))
  for (const { offset, partition } of left) yield* consumer.seek({ topic, partition }, offset)
  const print = printing(given, reading)
  while (!reading.isReached) {
    const batches = yield* consumer.pollBatches(BATCHES_MAX, POLL_WAIT)
    yield* print(batches)
    for (const { lastOffset, partition } of batches) {
      if (reading.reached({ topic, partition }, lastOffset + 1)) {
        yield* consumer.pause([{ topic, partition }])
      }
    }
    if (batches.length > 0) continue
    for (const place of reading.unread) {
      reading.reached(place, yield* consumer.position(place))
    }
  }
})

const isAmong = (
  places: ReadonlyArray<TopicPartition>,
  { partition }: TopicPartition
): boolean => places.some((place) => place.partition === partition)

const asMember = Effect.fnUntraced(function*(given: Given, groupId: string) {
  const { topic } = given
  const options = yield* memberOptions(given)
  yield* PartitionChoice.of(topic, [])
  const reading = new ReadingEnd(undefined, Option.getOrElse(given.count, () => Infinity))
  const consumer = yield* ConsumerModule.make({ ...options, groupId, topics: [topic] })
  const print = printing(given, reading)
  while (!reading.isReached) {
    const printed = yield* print(yield* consumer.pollBatches(BATCHES_MAX, POLL_WAIT))
    // What is counted is committed to the record; the rest of its batch is for the next reader.
    if (Option.isSome(given.count) && printed.length > 0) yield* consumer.acknowledge(printed)
  }
})

const memberOptions = (given: Given): Effect.Effect<ConsumerOptions, UsageError> => {
  const from = Option.getOrElse(given.from, (): Position.Position => ({ _tag: "Start" }))
  if (Option.isSome(given.to) || given.partitions.length > 0) {
    const detail =
      "--group takes what the group has left: it goes with neither --to nor --partition"
    return Effect.fail(new UsageError({ detail }))
  }
  if (from._tag !== "Start" && from._tag !== "End") {
    const detail = "with --group, --from is start or end, for partitions in which nothing is " +
      "committed; \"mymq groups reset\" moves a group"
    return Effect.fail(new UsageError({ detail }))
  }
  return Effect.succeed({
    autoOffsetReset: from._tag === "Start" ? "earliest" : "latest",
    // It would commit whole batches, of which a count may leave records.
    autoCommit: Option.isNone(given.count),
    isolationLevel: given.readCommitted ? "read_committed" : "read_uncommitted"
  })
}

/** Prints batches, one write for all of them, and gives the records that were printed. */
const printing = (given: Given, reading: ReadingEnd) => {
  const pattern = Option.getOrUndefined(given.grep)
  const isWanted = pattern === undefined
    ? () => true
    : ({ key, value }: ConsumerRecord) =>
      pattern.test(value?.toString() ?? "") || pattern.test(key?.toString() ?? "")
  const print = given.json ? RecordText.json : given.format
  return Effect.fnUntraced(function*(batches: ReadonlyArray<ConsumerBatch>) {
    const { write } = yield* Output.Output
    const printed = batches.flatMap((batch) => reading.taken(batch, isWanted))
    const out: Array<string | Uint8Array> = []
    for (const record of printed) print(record, out)
    if (out.length > 0) yield* write(joined(out))
    return printed
  })
}

const joined = (parts: ReadonlyArray<string | Uint8Array>): Buffer =>
  Buffer.concat(parts.map((part) => typeof part === "string" ? Buffer.from(part) : part))

const consume = (given: Given) =>
  Option.isSome(given.group) ? asMember(given, given.group.value) : byHand(given)

export const run = (given: Given) =>
  Effect.scoped(consume(given)).pipe(
    Effect.provide(Layer.mergeAll(ClusterAccess.layer(given.broker), Compression.layer))
  )
