// OffsetForLeaderEpoch: where an epoch ended, for who knows the present leader.
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../../src/domain/ErrorCode.ts"
import { OffsetForLeaderEpoch } from "../../../../src/domain/protocol/OffsetForLeaderEpoch.ts"
import { Produce } from "../../../../src/domain/protocol/Produce.ts"
import * as BrokerWorld from "../../../world/BrokerWorld.ts"
import * as Requests from "../../../world/Requests.ts"

layer(BrokerWorld.layer())("OffsetForLeaderEpoch", (it) => {
  const ask = Effect.fnUntraced(function*(
    topic: string,
    asked: { readonly leaderEpoch: number; readonly current?: number; readonly partition?: number },
    version = 4
  ) {
    const client = yield* BrokerWorld.connect
    const { current = -1, leaderEpoch, partition = 0 } = asked
    const { topics } = yield* client.ask(OffsetForLeaderEpoch, version, {
      replicaId: -1,
      topics: [{ topic, partitions: [{ partition, currentLeaderEpoch: current, leaderEpoch }] }]
    })
    return topics[0]!.partitions[0]!
  })

  const NOTHING = { leaderEpoch: -1, endOffset: -1 }

  it.effect("ends the present epoch at the end of the log, and knows no newer one", () =>
    Effect.gen(function*() {
      const client = yield* BrokerWorld.connect
      yield* Requests.createTopic(client, "epochs")
      const records = BrokerWorld.batch(["a", "b", "c"])
      yield* client.ask(Produce, 9, Requests.produce("epochs", records))
      for (const version of [2, 3, 4]) {
        for (const current of [-1, 0]) {
          const found = yield* ask("epochs", { leaderEpoch: 0, current }, version)
          const expected = { errorCode: ErrorCode.NONE, leaderEpoch: 0, endOffset: 3 }
          assert.deepInclude(found, expected)
        }
        const newer = yield* ask("epochs", { leaderEpoch: 1 }, version)
        assert.deepInclude(newer, { errorCode: ErrorCode.NONE, ...NOTHING })
      }
    }))

  it.effect("refuses who knows a newer leader, and what is not there", () =>
    Effect.gen(function*() {
      const client = yield* BrokerWorld.connect
      yield* Requests.createTopic(client, "refused")
      const unknown = { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ...NOTHING }
      assert.deepInclude(yield* ask("refused", { leaderEpoch: 0, current: 1 }), {
        errorCode: ErrorCode.UNKNOWN_LEADER_EPOCH,
        ...NOTHING
      })
      assert.deepInclude(yield* ask("refused", { leaderEpoch: 0, partition: 1 }), unknown)
      assert.deepInclude(yield* ask("nowhere", { leaderEpoch: 0 }), unknown)
    }))
})
