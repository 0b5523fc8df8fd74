// FindCoordinator: this broker coordinates all groups, and nothing else.
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { describe, ErrorCode } from "../../../../src/domain/ErrorCode.ts"
import { FindCoordinator } from "../../../../src/domain/protocol/FindCoordinator.ts"
import { Metadata } from "../../../../src/domain/protocol/Metadata.ts"
import * as BrokerWorld from "../../../world/BrokerWorld.ts"
import * as Requests from "../../../world/Requests.ts"

const CONFIGS = { "group.initial.rebalance.delay.ms": "0", "offsets.topic.num.partitions": "3" }

const find = (coordinatorKeys: ReadonlyArray<string>, keyType = 0) => ({
  key: coordinatorKeys[0] ?? "",
  keyType,
  coordinatorKeys
})

layer(BrokerWorld.layer(CONFIGS))("FindCoordinator", (it) => {
  it.effect("names this broker, at every version", () =>
    Effect.gen(function*() {
      const client = yield* BrokerWorld.connect
      const { brokers } = yield* client.ask(Metadata, 12, Requests.metadata([]))
      const { host, nodeId, port } = brokers[0]!
      for (const version of [0, 1, 2, 3]) {
        const answer = yield* client.ask(FindCoordinator, version, find(["g"]))
        assert.deepInclude(answer, { errorCode: ErrorCode.NONE, nodeId, host, port })
      }
      for (const version of [4, 5, 6]) {
        const { coordinators } = yield* client.ask(FindCoordinator, version, find(["g", "h"]))
        assert.deepStrictEqual(coordinators.map(({ key }) => key), ["g", "h"])
        for (const each of coordinators) {
          assert.deepInclude(each, { errorCode: ErrorCode.NONE, nodeId, host, port })
        }
      }
    }))

  it.effect("makes the topic of the groups, which is internal", () =>
    Effect.gen(function*() {
      const client = yield* BrokerWorld.connect
      yield* client.ask(FindCoordinator, 4, find(["g"]))
      const asked = Requests.metadata(["__consumer_offsets"])
      const { topics } = yield* client.ask(Metadata, 12, asked)
      assert.deepInclude(topics[0], { errorCode: ErrorCode.NONE, isInternal: true })
      assert.strictEqual(topics[0]!.partitions.length, 3)
    }))

  it.effect("has no coordinator of transactions and share groups, and no other kind of key", () =>
    Effect.gen(function*() {
      const client = yield* BrokerWorld.connect
      const codes = new Map([
        [1, ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED],
        [2, ErrorCode.GROUP_AUTHORIZATION_FAILED],
        [3, ErrorCode.INVALID_REQUEST]
      ])
      for (const [keyType, errorCode] of codes) {
        // Whoever is told to try again waits for a timeout.
        assert.isFalse(describe(errorCode).isRetriable)
        const one = yield* client.ask(FindCoordinator, 3, find(["t"], keyType))
        assert.deepInclude(one, { errorCode, nodeId: -1, host: "", port: -1 })
        const { coordinators } = yield* client.ask(FindCoordinator, 6, find(["t"], keyType))
        assert.deepInclude(coordinators[0], { errorCode, nodeId: -1, host: "", port: -1 })
      }
    }))
})
