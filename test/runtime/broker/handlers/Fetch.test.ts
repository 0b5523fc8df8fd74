// Fetch: whole batches from an offset on, and how long it waits for them.
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { TestClock } from "effect/testing"
import { ErrorCode } from "../../../../src/domain/ErrorCode.ts"
import { DeleteTopics } from "../../../../src/domain/protocol/DeleteTopics.ts"
import { Fetch } from "../../../../src/domain/protocol/Fetch.ts"
import { Metadata } from "../../../../src/domain/protocol/Metadata.ts"
import { Produce } from "../../../../src/domain/protocol/Produce.ts"
import * as Record from "../../../../src/domain/record/Record.ts"
import * as RecordBatch from "../../../../src/domain/record/RecordBatch.ts"
import type * as Api from "../../../../src/domain/wire/Api.ts"
import * as BrokerWorld from "../../../world/BrokerWorld.ts"
import * as Requests from "../../../world/Requests.ts"

const partitionOf = (answer: Api.Response<typeof Fetch>) => answer.responses[0]!.partitions[0]!

/** Values of all records of an answer. */
const values = (answer: Api.Response<typeof Fetch>): ReadonlyArray<string> => {
  const records = Buffer.from(partitionOf(answer).records!)
  const found: Array<string> = []
  for (let at = 0; at < records.length; at += RecordBatch.sizeBytes(records, at)) {
    found.push(...Record.ofBatch(records, at).map((record) => record.value!.toString()))
  }
  return found
}

layer(BrokerWorld.layer())("Fetch", (it) => {
  /** A topic that holds these batches. */
  const prepared = Effect.fnUntraced(function*(
    topic: string,
    batches: ReadonlyArray<ReadonlyArray<string>>
  ) {
    const client = yield* BrokerWorld.connect
    yield* Requests.createTopic(client, topic)
    for (const batch of batches) {
      yield* client.ask(Produce, 9, Requests.produce(topic, BrokerWorld.batch(batch)))
    }
    return client
  })

  it.effect("gives everything from an offset on, at every version", () =>
    Effect.gen(function*() {
      const client = yield* prepared("all", [["a", "b"], ["c"], ["d"]])
      for (const version of [4, 5, 7, 9, 11, 12]) {
        assert.deepStrictEqual(
          values(yield* client.ask(Fetch, version, Requests.fetch("all", 2))),
          [
            "c",
            "d"
          ]
        )
      }
    }))

  it.effect("goes by topic id from version 13 on, and knows none that nobody has", () =>
    Effect.gen(function*() {
      const client = yield* prepared("by-id", [["a"], ["b"]])
      const { topics } = yield* client.ask(Metadata, 13, Requests.metadata(["by-id"]))
      const { topicId } = topics[0]!
      const request = Requests.fetch("", 1)
      const of = (topicId: string) => ({
        ...request,
        topics: request.topics.map((topic) => ({ ...topic, topicId }))
      })
      for (let version = 13; version <= 17; version++) {
        const answer = yield* client.ask(Fetch, version, of(topicId))
        assert.strictEqual(answer.responses[0]!.topicId, topicId)
        assert.deepStrictEqual(values(answer), ["b"])
        const foreign = yield* client.ask(Fetch, version, of(topicId.replace(/[0-9a-f]/g, "a")))
        assert.strictEqual(partitionOf(foreign).errorCode, ErrorCode.UNKNOWN_TOPIC_ID)
      }
    }))

  it.effect("gives the whole batch when the offset lies inside it", () =>
    Effect.gen(function*() {
      const client = yield* prepared("inside", [["a", "b", "c"]])
      const answer = yield* client.ask(Fetch, 12, Requests.fetch("inside", 1))
      assert.deepStrictEqual(values(answer), ["a", "b", "c"])
    }))

  it.effect("keeps to its byte limit, but gives a first batch that is larger", () =>
    Effect.gen(function*() {
      const client = yield* prepared("limits", [["a".repeat(500)], ["b".repeat(500)]])
      const small = yield* client.ask(Fetch, 12, Requests.fetch("limits", 0, { maxBytes: 10 }))
      assert.deepStrictEqual(values(small).map((value) => value[0]), ["a"])
      const both = yield* client.ask(Fetch, 12, Requests.fetch("limits", 0, { maxBytes: 5000 }))
      assert.deepStrictEqual(values(both).map((value) => value[0]), ["a", "b"])
    }))

  it.effect("answers at once out of range, and for what is not there", () =>
    Effect.gen(function*() {
      const client = yield* prepared("range", [["a"]])
      for (const offset of [-1, 2, 1e15]) {
        const request = Requests.fetch("range", offset, { maxWaitMs: 3_600_000 })
        const { errorCode } = partitionOf(yield* client.ask(Fetch, 12, request))
        assert.strictEqual(errorCode, ErrorCode.OFFSET_OUT_OF_RANGE)
      }
      const absent = Requests.fetch("nowhere", 0, { maxWaitMs: 3_600_000 })
      const { errorCode } = partitionOf(yield* client.ask(Fetch, 12, absent))
      assert.strictEqual(errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    }))

  it.effect("waits at the end, and wakes when a record comes", () =>
    Effect.gen(function*() {
      const client = yield* prepared("wakes", [])
      const producer = yield* BrokerWorld.connect
      const request = Requests.fetch("wakes", 0, { maxWaitMs: 3_600_000 })
      const polling = yield* Effect.forkChild(client.ask(Fetch, 12, request))
      yield* producer.ask(Produce, 9, Requests.produce("wakes", BrokerWorld.batch(["a"])))
      assert.deepStrictEqual(values(yield* Fiber.join(polling)), ["a"])
    }))

  it.effect("waits for minBytes, and gives what there is when its time is over", () =>
    Effect.gen(function*() {
      const client = yield* prepared("patient", [["a"]])
      const producer = yield* BrokerWorld.connect
      const request = Requests.fetch("patient", 0, { maxWaitMs: 5000, minBytes: 100_000 })
      const polling = yield* Effect.forkChild(client.ask(Fetch, 12, request), {
        startImmediately: true
      })
      yield* producer.ask(Produce, 9, Requests.produce("patient", BrokerWorld.batch(["b"])))
      assert.isUndefined(polling.pollUnsafe())
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(values(yield* Fiber.join(polling)), ["a", "b"])
    }))

  it.effect("that waits is answered when its topic is deleted, however much it asked for", () =>
    Effect.gen(function*() {
      const client = yield* prepared("doomed", [["a"], ["b"]])
      const other = yield* BrokerWorld.connect
      const request = Requests.fetch("doomed", 1, { maxWaitMs: 3_600_000, minBytes: 100_000 })
      const polling = yield* Effect.forkChild(client.ask(Fetch, 12, request), {
        startImmediately: true
      })
      const deletion = { topicNames: ["doomed"], topics: [], timeoutMs: 1000 }
      yield* other.ask(DeleteTopics, 5, deletion)
      const { errorCode } = partitionOf(yield* Fiber.join(polling))
      assert.strictEqual(errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    }))

  it.effect("that waits by id does not see another topic of the same name", () =>
    Effect.gen(function*() {
      const client = yield* prepared("reborn", [])
      const other = yield* BrokerWorld.connect
      const { topics } = yield* client.ask(Metadata, 13, Requests.metadata(["reborn"]))
      const { topicId } = topics[0]!
      const request = Requests.fetch("", 0, { maxWaitMs: 5000 })
      const byId = { ...request, topics: [{ ...request.topics[0]!, topicId }] }
      const polling = yield* Effect.forkChild(client.ask(Fetch, 13, byId), {
        startImmediately: true
      })
      const deletion = { topicNames: ["reborn"], topics: [], timeoutMs: 1000 }
      yield* other.ask(DeleteTopics, 5, deletion)
      yield* Requests.createTopic(other, "reborn")
      yield* other.ask(Produce, 9, Requests.produce("reborn", BrokerWorld.batch(["foreign"])))
      yield* TestClock.adjust("5 seconds")
      const answer = partitionOf(yield* Fiber.join(polling))
      assert.strictEqual(answer.errorCode, ErrorCode.UNKNOWN_TOPIC_ID)
      assert.strictEqual(answer.records?.length, 0)
    }))

  it.effect("keeps no sessions: a client that names one is told so", () =>
    Effect.gen(function*() {
      const client = yield* prepared("sessions", [["a"]])
      const full = Requests.fetch("sessions", 0, { sessionEpoch: 0 })
      assert.strictEqual((yield* client.ask(Fetch, 12, full)).sessionId, 0)
      const named = Requests.fetch("sessions", 0, { sessionId: 5, sessionEpoch: 1 })
      const { errorCode } = yield* client.ask(Fetch, 12, named)
      assert.strictEqual(errorCode, ErrorCode.FETCH_SESSION_ID_NOT_FOUND)
    }))

  it.effect("answers a full request whatever session it names, as kafka-go's name -1", () =>
    Effect.gen(function*() {
      const client = yield* prepared("sessionless", [["a"]])
      for (const session of ["-1 -1", "5 -1", "5 0"]) {
        const [sessionId = 0, sessionEpoch = 0] = session.split(" ").map(Number)
        const full = Requests.fetch("sessionless", 0, { sessionId, sessionEpoch })
        const answer = yield* client.ask(Fetch, 11, full)
        assert.deepInclude(answer, { errorCode: ErrorCode.NONE, sessionId: 0 }, session)
        assert.isAbove(partitionOf(answer).records?.length ?? 0, 0, session)
      }
    }))
})
