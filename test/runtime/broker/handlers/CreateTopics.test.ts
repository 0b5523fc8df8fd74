// CreateTopics and its companions: topics come, grow and go, each answered on its own.
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../../src/domain/ErrorCode.ts"
import { CreatePartitions } from "../../../../src/domain/protocol/CreatePartitions.ts"
import { CreateTopics } from "../../../../src/domain/protocol/CreateTopics.ts"
import { DeleteTopics } from "../../../../src/domain/protocol/DeleteTopics.ts"
import { Metadata } from "../../../../src/domain/protocol/Metadata.ts"
import { NO_TOPIC_ID } from "../../../../src/domain/Topic.ts"
import * as BrokerWorld from "../../../world/BrokerWorld.ts"
import * as Requests from "../../../world/Requests.ts"

layer(BrokerWorld.layer({ "num.partitions": "4" }))("topics", (it) => {
  it.effect("are created with their partitions, settings and an id", () =>
    Effect.gen(function*() {
      const client = yield* BrokerWorld.connect
      const { topics: [made] } = yield* Requests.createTopic(client, "made", -1, {
        "retention.ms": "1000"
      })
      assert.deepInclude(made, { errorCode: 0, numPartitions: 4, replicationFactor: 1 })
      assert.match(made!.topicId, /^[0-9a-f]{8}-[0-9a-f]{4}-4/)
      const retention = made!.configs!.find(({ name }) => name === "retention.ms")
      assert.deepInclude(retention, { value: "1000", configSource: 1, isSensitive: false })
    }))

  const refusals = [
    ["an existing name", { name: "existing" }, ErrorCode.TOPIC_ALREADY_EXISTS],
    ["a bad name", { name: "bad/name" }, ErrorCode.INVALID_TOPIC_EXCEPTION],
    ["a name that collides", { name: "a_b" }, ErrorCode.INVALID_TOPIC_EXCEPTION],
    ["no partitions", { name: "none", partitions: 0 }, ErrorCode.INVALID_PARTITIONS],
    ["more replicas than brokers", {
      name: "replicated",
      replicationFactor: 3
    }, ErrorCode.INVALID_REPLICATION_FACTOR],
    ["an unknown setting", { name: "s", configs: { "no.such": "1" } }, ErrorCode.INVALID_CONFIG],
    ["a bad value", { name: "s", configs: { "retention.ms": "soon" } }, ErrorCode.INVALID_CONFIG],
    ["a null value", { name: "s", configs: { "retention.ms": null } }, ErrorCode.INVALID_CONFIG]
  ] as const
  for (const [what, topic, errorCode] of refusals) {
    it.effect(`are refused with ${what}, and nothing is made`, () =>
      Effect.gen(function*() {
        const client = yield* BrokerWorld.connect
        yield* Requests.createTopic(client, "existing")
        yield* Requests.createTopic(client, "a.b")
        const before = (yield* client.ask(Metadata, 9, Requests.metadata(null))).topics.length
        const answer = yield* client.ask(CreateTopics, 7, Requests.createTopics([topic]))
        assert.strictEqual(answer.topics[0]!.errorCode, errorCode)
        assert.isNotEmpty(answer.topics[0]!.errorMessage)
        const after = (yield* client.ask(Metadata, 9, Requests.metadata(null))).topics.length
        assert.strictEqual(after, before)
      }))
  }

  it.effect("are not made by a request that only validates, nor named twice in one", () =>
    Effect.gen(function*() {
      const client = yield* BrokerWorld.connect
      const validated = yield* client.ask(
        CreateTopics,
        7,
        Requests.createTopics([{ name: "validated" }], true)
      )
      assert.strictEqual(validated.topics[0]!.errorCode, 0)
      const twice = yield* client.ask(
        CreateTopics,
        7,
        Requests.createTopics([{ name: "twice" }, { name: "twice" }])
      )
      assert.isTrue(twice.topics.every(({ errorCode }) => errorCode === ErrorCode.INVALID_REQUEST))
      const { topics } = yield* client.ask(Metadata, 9, Requests.metadata(["validated", "twice"]))
      assert.isTrue(
        topics.every(({ errorCode }) => errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
      )
    }))

  it.effect("only grow", () =>
    Effect.gen(function*() {
      const client = yield* BrokerWorld.connect
      yield* Requests.createTopic(client, "growing", 2)
      const grow = Effect.fnUntraced(function*(count: number) {
        const { results } = yield* client.ask(CreatePartitions, 3, {
          topics: [{ name: "growing", count, assignments: null }],
          timeoutMs: 1000,
          validateOnly: false
        })
        return results[0]!.errorCode
      })
      assert.deepStrictEqual([yield* grow(5), yield* grow(5), yield* grow(3)], [
        ErrorCode.NONE,
        ErrorCode.INVALID_PARTITIONS,
        ErrorCode.INVALID_PARTITIONS
      ])
      const { topics } = yield* client.ask(Metadata, 9, Requests.metadata(["growing"]))
      assert.lengthOf(topics[0]!.partitions, 5)
    }))

  it.effect("are deleted by name or id, once", () =>
    Effect.gen(function*() {
      const client = yield* BrokerWorld.connect
      const { topics: [one] } = yield* Requests.createTopic(client, "one")
      yield* Requests.createTopic(client, "two")
      const remove = Effect.fnUntraced(function*(name: string | null, topicId = NO_TOPIC_ID) {
        const { responses } = yield* client.ask(DeleteTopics, 6, {
          topics: [{ name, topicId }],
          topicNames: [],
          timeoutMs: 1000
        })
        return responses[0]!.errorCode
      })
      assert.deepStrictEqual(
        [
          yield* remove(null, one!.topicId),
          yield* remove("two"),
          yield* remove("two"),
          yield* remove(null, one!.topicId),
          yield* remove("x", one!.topicId)
        ],
        [
          ErrorCode.NONE,
          ErrorCode.NONE,
          ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
          ErrorCode.UNKNOWN_TOPIC_ID,
          ErrorCode.INVALID_REQUEST
        ]
      )
    }))
})
