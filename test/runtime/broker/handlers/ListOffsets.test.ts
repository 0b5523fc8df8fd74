// ListOffsets, DeleteRecords and InitProducerId: where a log begins and ends, and who writes to it.
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../../src/domain/ErrorCode.ts"
import { DeleteRecords } from "../../../../src/domain/protocol/DeleteRecords.ts"
import { InitProducerId } from "../../../../src/domain/protocol/InitProducerId.ts"
import { ListOffsets } from "../../../../src/domain/protocol/ListOffsets.ts"
import { Produce } from "../../../../src/domain/protocol/Produce.ts"
import * as BrokerWorld from "../../../world/BrokerWorld.ts"
import * as Requests from "../../../world/Requests.ts"

const LATEST = -1
const EARLIEST = -2
const MAX_TIMESTAMP = -3

layer(BrokerWorld.layer())("ListOffsets", (it) => {
  /** Five batches of two records, at 1000, 2000, ... */
  const prepared = Effect.fnUntraced(function*(topic: string) {
    const client = yield* BrokerWorld.connect
    const configs = { "message.timestamp.after.max.ms": "100000" }
    yield* Requests.createTopic(client, topic, 1, configs)
    for (let i = 1; i <= 5; i++) {
      const records = BrokerWorld.batch(["a", "b"], {}, i * 1000)
      yield* client.ask(Produce, 9, Requests.produce(topic, records))
    }
    const at = Effect.fnUntraced(function*(timestamp: number) {
      const { topics } = yield* client.ask(ListOffsets, 7, Requests.listOffsets(topic, timestamp))
      const { errorCode, offset, timestamp: found } = topics[0]!.partitions[0]!
      assert.strictEqual(errorCode, ErrorCode.NONE)
      return [offset, found]
    })
    return { at, client }
  })

  it.effect("finds the ends, the largest time, and the first record at or after a time", () =>
    Effect.gen(function*() {
      const { at } = yield* prepared("times")
      assert.deepStrictEqual(yield* at(LATEST), [10, -1])
      assert.deepStrictEqual(yield* at(EARLIEST), [0, -1])
      assert.deepStrictEqual(yield* at(MAX_TIMESTAMP), [8, 5000])
      assert.deepStrictEqual(yield* at(0), [0, 1000])
      assert.deepStrictEqual(yield* at(3000), [4, 3000])
      assert.deepStrictEqual(yield* at(3001), [6, 4000])
      assert.deepStrictEqual(yield* at(5001), [-1, -1])
    }))

  it.effect("begins where records were deleted up to", () =>
    Effect.gen(function*() {
      const { at, client } = yield* prepared("deleted")
      const remove = Effect.fnUntraced(function*(offset: number) {
        const { topics } = yield* client.ask(DeleteRecords, 2, {
          topics: [{ name: "deleted", partitions: [{ partitionIndex: 0, offset }] }],
          timeoutMs: 1000
        })
        return [topics[0]!.partitions[0]!.errorCode, topics[0]!.partitions[0]!.lowWatermark]
      })
      assert.deepStrictEqual(yield* remove(5), [ErrorCode.NONE, 5])
      assert.deepStrictEqual(yield* remove(3), [ErrorCode.NONE, 5])
      assert.deepStrictEqual(yield* remove(11), [ErrorCode.OFFSET_OUT_OF_RANGE, -1])
      assert.deepStrictEqual(yield* at(EARLIEST), [5, -1])
      assert.deepStrictEqual(yield* at(0), [5, 3000])
      assert.deepStrictEqual(yield* remove(-1), [ErrorCode.NONE, 10])
    }))

  it.effect("answers the special times from the version on that has them", () =>
    Effect.gen(function*() {
      const { client } = yield* prepared("special")
      const since = new Map([[LATEST, 1], [-3, 7], [-4, 8], [-5, 9]])
      const offsets = new Map([[LATEST, 10], [-3, 8], [-4, 0], [-5, -1]])
      for (const [timestamp, first] of since) {
        for (let version = 1; version <= 10; version++) {
          const request = Requests.listOffsets("special", timestamp)
          const { topics } = yield* client.ask(ListOffsets, version, request)
          const isKnown = version >= first
          assert.deepInclude(topics[0]!.partitions[0], {
            errorCode: isKnown ? ErrorCode.NONE : ErrorCode.UNSUPPORTED_VERSION,
            offset: isKnown ? offsets.get(timestamp)! : -1
          })
        }
      }
    }))

  it.effect("tells no offset to who knows a newer leader", () =>
    Effect.gen(function*() {
      const { client } = yield* prepared("newer")
      const partitions = [{ partitionIndex: 0, currentLeaderEpoch: 5, timestamp: EARLIEST }]
      const request = Requests.listOffsets("newer", EARLIEST)
      const topics = [{ name: "newer", partitions }]
      const answer = yield* client.ask(ListOffsets, 10, { ...request, topics })
      assert.deepInclude(answer.topics[0]!.partitions[0], {
        errorCode: ErrorCode.UNKNOWN_LEADER_EPOCH,
        offset: -1,
        leaderEpoch: -1
      })
    }))

  it.effect("says which topics are not there", () =>
    Effect.gen(function*() {
      const client = yield* BrokerWorld.connect
      const { topics } = yield* client.ask(ListOffsets, 7, Requests.listOffsets("nowhere", LATEST))
      const { errorCode } = topics[0]!.partitions[0]!
      assert.strictEqual(errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    }))
})

layer(BrokerWorld.layer())("InitProducerId", (it) => {
  it.effect("gives each producer an id of its own, and refuses transactions", () =>
    Effect.gen(function*() {
      const client = yield* BrokerWorld.connect
      const ask = (transactionalId: string | null) =>
        client.ask(InitProducerId, 4, {
          transactionalId,
          transactionTimeoutMs: 1000,
          producerId: -1,
          producerEpoch: -1
        })
      const one = yield* ask(null)
      const two = yield* ask(null)
      assert.deepInclude(one, { errorCode: ErrorCode.NONE, producerEpoch: 0 })
      assert.strictEqual(two.producerId, one.producerId + 1)
      assert.notStrictEqual((yield* ask("t")).errorCode, ErrorCode.NONE)
    }))
})
