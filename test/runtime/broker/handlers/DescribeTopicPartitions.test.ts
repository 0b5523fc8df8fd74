// DescribeTopicPartitions: topics by name, a page at a time.
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../../src/domain/ErrorCode.ts"
import { DescribeTopicPartitions } from "../../../../src/domain/protocol/DescribeTopicPartitions.ts"
import * as BrokerWorld from "../../../world/BrokerWorld.ts"
import * as Requests from "../../../world/Requests.ts"

interface Cursor {
  readonly topicName: string
  readonly partitionIndex: number
}

layer(BrokerWorld.layer())("DescribeTopicPartitions", (it) => {
  const page = Effect.fnUntraced(function*(
    names: ReadonlyArray<string>,
    responsePartitionLimit: number,
    cursor: Cursor | null
  ) {
    const client = yield* BrokerWorld.connect
    return yield* client.ask(DescribeTopicPartitions, 0, {
      topics: names.map((name) => ({ name })),
      responsePartitionLimit,
      cursor
    })
  })

  it.effect("gives every partition once over its pages, none larger than the limit", () =>
    Effect.gen(function*() {
      const client = yield* BrokerWorld.connect
      const names = ["c", "a", "b"]
      for (const [i, name] of names.entries()) yield* Requests.createTopic(client, name, i + 2)
      for (const limit of [1, 2, 3, 4, 100]) {
        for (const asked of [names, []]) {
          const told: Array<string> = []
          let cursor: Cursor | null = null
          do {
            const { nextCursor, topics }: {
              nextCursor: Cursor | null
              topics: ReadonlyArray<{
                name: string | null
                partitions: ReadonlyArray<{ partitionIndex: number }>
              }>
            } = yield* page(asked, limit, cursor)
            const here = topics.flatMap(({ name, partitions }) =>
              partitions.map(({ partitionIndex }) => `${name}-${partitionIndex}`)
            )
            assert.isAtMost(here.length, limit)
            assert.isAbove(here.length, 0)
            told.push(...here)
            cursor = nextCursor
          } while (cursor !== null)
          assert.deepStrictEqual(told, "a-0 a-1 a-2 b-0 b-1 b-2 b-3 c-0 c-1".split(" "))
        }
      }
    }))

  it.effect("says which topics are not there, and which cannot be", () =>
    Effect.gen(function*() {
      const { nextCursor, topics } = yield* page(["nowhere", "no/name"], 10, null)
      assert.isNull(nextCursor)
      assert.deepStrictEqual(topics.map(({ errorCode, name }) => [name, errorCode]), [
        ["no/name", ErrorCode.INVALID_TOPIC_EXCEPTION],
        ["nowhere", ErrorCode.UNKNOWN_TOPIC_OR_PARTITION]
      ])
    }))
})
