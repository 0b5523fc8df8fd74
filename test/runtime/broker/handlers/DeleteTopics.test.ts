// DeleteTopics, CreatePartitions and Produce leave the broker's own topic to the broker.
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../../src/domain/ErrorCode.ts"
import { CreatePartitions } from "../../../../src/domain/protocol/CreatePartitions.ts"
import { DeleteTopics } from "../../../../src/domain/protocol/DeleteTopics.ts"
import { FindCoordinator } from "../../../../src/domain/protocol/FindCoordinator.ts"
import { Metadata } from "../../../../src/domain/protocol/Metadata.ts"
import { Produce } from "../../../../src/domain/protocol/Produce.ts"
import * as BrokerWorld from "../../../world/BrokerWorld.ts"
import * as Requests from "../../../world/Requests.ts"

const INTERNAL = "__consumer_offsets"

layer(BrokerWorld.layer({ "offsets.topic.num.partitions": "3" }))("DeleteTopics", (it) => {
  it.effect("leaves the topic of the groups as it is", () =>
    Effect.gen(function*() {
      const client = yield* BrokerWorld.connect
      yield* client.ask(FindCoordinator, 3, { key: "g", keyType: 0, coordinatorKeys: [] })
      const told = Effect.map(
        client.ask(Metadata, 13, Requests.metadata([INTERNAL])),
        ({ topics }) => topics[0]!
      )
      const { topicId } = yield* told
      for (const version of [1, 5, 6]) {
        const { responses } = yield* client.ask(DeleteTopics, version, {
          topics: [{ name: null, topicId }],
          topicNames: [INTERNAL],
          timeoutMs: 1000
        })
        assert.strictEqual(responses[0]!.errorCode, ErrorCode.INVALID_REQUEST)
      }
      const { results } = yield* client.ask(CreatePartitions, 3, {
        topics: [{ name: INTERNAL, count: 9, assignments: null }],
        timeoutMs: 1000,
        validateOnly: false
      })
      assert.strictEqual(results[0]!.errorCode, ErrorCode.INVALID_REQUEST)
      const records = BrokerWorld.batch(["a"])
      const { responses } = yield* client.ask(Produce, 9, Requests.produce(INTERNAL, records))
      const { errorCode } = responses[0]!.partitionResponses[0]!
      assert.strictEqual(errorCode, ErrorCode.INVALID_TOPIC_EXCEPTION)
      const { partitions, topicId: still } = yield* told
      assert.deepStrictEqual([partitions.length, still], [3, topicId])
    }))

  it.effect("deletes by id, and says which id nobody has", () =>
    Effect.gen(function*() {
      const client = yield* BrokerWorld.connect
      yield* Requests.createTopic(client, "gone")
      const { topics } = yield* client.ask(Metadata, 13, Requests.metadata(["gone"]))
      const { topicId } = topics[0]!
      for (const errorCode of [ErrorCode.NONE, ErrorCode.UNKNOWN_TOPIC_ID]) {
        const { responses } = yield* client.ask(DeleteTopics, 6, {
          topics: [{ name: null, topicId }],
          topicNames: [],
          timeoutMs: 1000
        })
        assert.deepInclude(responses[0], { topicId, errorCode })
      }
    }))
})
