// Metadata: who is there, and topics that make themselves.
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../../src/domain/ErrorCode.ts"
import { Metadata } from "../../../../src/domain/protocol/Metadata.ts"
import { NO_TOPIC_ID } from "../../../../src/domain/Topic.ts"
import * as BrokerWorld from "../../../world/BrokerWorld.ts"
import * as Requests from "../../../world/Requests.ts"

layer(BrokerWorld.layer({ "num.partitions": "3" }))("Metadata", (it) => {
  it.effect("names this broker as the leader of everything, where the client dialled it", () =>
    Effect.gen(function*() {
      const client = yield* BrokerWorld.connect
      yield* Requests.createTopic(client, "led", 2)
      for (const version of [0, 1, 5, 8, 9, 12]) {
        const answer = yield* client.ask(Metadata, version, Requests.metadata(["led"]))
        const { local } = { local: client.connection.remote }
        assert.deepInclude(answer.brokers[0], { nodeId: 1, host: local.host, port: local.port })
        if (version > 0) assert.strictEqual(answer.controllerId, 1)
        const partitions = answer.topics[0]!.partitions
        assert.deepStrictEqual(
          partitions.map(({ isrNodes, leaderId, partitionIndex, replicaNodes }) => ({
            isrNodes,
            leaderId,
            partitionIndex,
            replicaNodes
          })),
          [0, 1].map((partitionIndex) => ({
            isrNodes: [1],
            leaderId: 1,
            partitionIndex,
            replicaNodes: [1]
          }))
        )
      }
    }))

  it.effect("makes a topic on demand when the client allows it, and not otherwise", () =>
    Effect.gen(function*() {
      const client = yield* BrokerWorld.connect
      const forbidden = yield* client.ask(Metadata, 9, Requests.metadata(["demanded"]))
      assert.strictEqual(forbidden.topics[0]!.errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
      const allowed = yield* client.ask(Metadata, 9, Requests.metadata(["demanded"], true))
      assert.strictEqual(allowed.topics[0]!.errorCode, ErrorCode.NONE)
      assert.lengthOf(allowed.topics[0]!.partitions, 3)
    }))

  it.effect("refuses names that no topic can have", () =>
    Effect.gen(function*() {
      const client = yield* BrokerWorld.connect
      const names = ["", ".", "a b", "x".repeat(250)]
      const { topics } = yield* client.ask(Metadata, 9, Requests.metadata(names, true))
      assert.deepStrictEqual(
        topics.map(({ errorCode }) => errorCode),
        names.map(() => ErrorCode.INVALID_TOPIC_EXCEPTION)
      )
    }))

  it.effect("lists all topics for null, and at v0 for none; none for none after that", () =>
    Effect.gen(function*() {
      const client = yield* BrokerWorld.connect
      yield* Requests.createTopic(client, "listed")
      const names = Effect.fnUntraced(function*(version: number, topics: [] | null) {
        const answer = yield* client.ask(Metadata, version, Requests.metadata(topics))
        return answer.topics.map(({ name }) => name)
      })
      assert.include(yield* names(9, null), "listed")
      assert.include(yield* names(0, []), "listed")
      assert.deepStrictEqual(yield* names(1, []), [])
    }))

  it.effect("finds topics by id, which stay the same", () =>
    Effect.gen(function*() {
      const client = yield* BrokerWorld.connect
      const { topics: [made] } = yield* Requests.createTopic(client, "identified")
      const byId = (topicId: string) =>
        client.ask(Metadata, 12, {
          ...Requests.metadata([]),
          topics: [{ topicId, name: null }]
        })
      const found = yield* byId(made!.topicId)
      assert.deepInclude(found.topics[0], { name: "identified", topicId: made!.topicId })
      const unknown = yield* byId("01234567-89ab-4def-8123-456789abcdef")
      assert.strictEqual(unknown.topics[0]!.errorCode, ErrorCode.UNKNOWN_TOPIC_ID)
      assert.notStrictEqual(made!.topicId, NO_TOPIC_ID)
    }))
})

layer(BrokerWorld.layer({ "auto.create.topics.enable": "false" }))("Metadata", (it) => {
  it.effect("makes no topic when the broker does not want it", () =>
    Effect.gen(function*() {
      const client = yield* BrokerWorld.connect
      const { topics } = yield* client.ask(Metadata, 9, Requests.metadata(["demanded"], true))
      assert.strictEqual(topics[0]!.errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    }))
})
