// ListPartitionReassignments: nothing is ever moved.
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../../src/domain/ErrorCode.ts"
import { ListPartitionReassignments } from "../../../../src/domain/protocol/ListPartitionReassignments.ts"
import * as BrokerWorld from "../../../world/BrokerWorld.ts"

layer(BrokerWorld.layer())("ListPartitionReassignments", (it) => {
  it.effect("lists none, of all topics or of some", () =>
    Effect.gen(function*() {
      const client = yield* BrokerWorld.connect
      for (const topics of [null, [{ name: "orders", partitionIndexes: [0] }]]) {
        const asked = { timeoutMs: 1000, topics }
        const answer = yield* client.ask(ListPartitionReassignments, 0, asked)
        assert.deepInclude(answer, { errorCode: ErrorCode.NONE, errorMessage: null, topics: [] })
      }
    }))
})
