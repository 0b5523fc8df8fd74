// DescribeLogDirs: sizes are those of what was written.
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../../src/domain/ErrorCode.ts"
import { DescribeLogDirs } from "../../../../src/domain/protocol/DescribeLogDirs.ts"
import { Produce } from "../../../../src/domain/protocol/Produce.ts"
import * as BrokerWorld from "../../../world/BrokerWorld.ts"
import * as Requests from "../../../world/Requests.ts"

layer(BrokerWorld.layer())("DescribeLogDirs", (it) => {
  it.effect("tells the bytes of each partition, at every version", () =>
    Effect.gen(function*() {
      const client = yield* BrokerWorld.connect
      yield* Requests.createTopic(client, "sizes", 2)
      const records = BrokerWorld.batch(["a".repeat(1000)])
      yield* client.ask(Produce, 9, Requests.produce("sizes", records, { partition: 1 }))
      yield* client.ask(Produce, 9, Requests.produce("sizes", records, { partition: 1 }))
      for (const version of [1, 2, 3, 4]) {
        for (const topics of [null, [{ topic: "sizes", partitions: [0, 1] }]]) {
          const { errorCode, results } = yield* client.ask(DescribeLogDirs, version, { topics })
          assert.strictEqual(errorCode, ErrorCode.NONE)
          assert.strictEqual(results.length, 1)
          const found = results[0]!.topics.find(({ name }) => name === "sizes")!.partitions
          assert.deepStrictEqual(found, [
            { partitionIndex: 0, partitionSize: 0, offsetLag: 0, isFutureKey: false },
            {
              partitionIndex: 1,
              partitionSize: 2 * records.length,
              offsetLag: 0,
              isFutureKey: false
            }
          ])
        }
      }
    }))

  it.effect("leaves out what is not there, and tells only what was asked for", () =>
    Effect.gen(function*() {
      const client = yield* BrokerWorld.connect
      yield* Requests.createTopic(client, "asked", 2)
      const { results } = yield* client.ask(DescribeLogDirs, 4, {
        topics: [
          { topic: "asked", partitions: [1, 7] },
          { topic: "nowhere", partitions: [0] }
        ]
      })
      const told = results[0]!.topics.map(({ name, partitions }) => [
        name,
        partitions.map(({ partitionIndex }) => partitionIndex)
      ])
      assert.deepStrictEqual(told, [["asked", [1]]])
    }))
})
