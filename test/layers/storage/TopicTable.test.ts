// The rules of changing topics, and what Kafka says where they are broken.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../src/domain/ErrorCode.ts"
import * as Failure from "../../../src/domain/Failure.ts"
import { BrokerConfig } from "../../../src/layers/config/BrokerConfig.ts"
import { TopicTable } from "../../../src/layers/storage/TopicTable.ts"

const table = Effect.gen(function*() {
  const { logDefaults } = yield* BrokerConfig
  return new TopicTable({ topicPartitionsMax: 100, logDefaults })
}).pipe(Effect.provide(BrokerConfig.layerTest()))

const asked = (name: string, partitions = 1, configs: Readonly<Record<string, string>> = {}) => ({
  name,
  partitions,
  configs
})

const messageOf = (outcome: object | undefined): string =>
  Failure.isFailure(outcome) ? `${outcome.errorCode} ${outcome.message}` : "done"

describe("a new topic", () => {
  it.effect("is refused where Kafka refuses it, in Kafka's words", () =>
    Effect.gen(function*() {
      const topics = yield* table
      topics.create(asked("a.b", 90), "id")
      const refusals = [
        [asked("a.b"), "36 Topic 'a.b' already exists."],
        [asked("a_b"), "17 Topic 'a_b' collides with existing topic: a.b"],
        [asked("c", 0), "37 Number of partitions must be larger than 0, not 0."]
      ] as const
      for (const [topic, message] of refusals) {
        assert.strictEqual(messageOf(topics.refusal(topic)), message)
        assert.strictEqual(messageOf(topics.create(topic, "other")), message)
      }
      assert.match(messageOf(topics.refusal(asked("c/d"))), /^17 the topic name "c\/d"/)
      assert.match(messageOf(topics.refusal(asked("c", 11))), /^37 11 more .* has 90, at most 100/)
      assert.match(messageOf(topics.refusal(asked("c", 1, { "retention.ms": "x" }))), /^40 /)
      assert.deepStrictEqual([...topics.byName.keys()], ["a.b"])
      assert.isUndefined(topics.refusal(asked("c", 10)))
    }))

  it.effect("may have a name that collided with one that is gone", () =>
    Effect.gen(function*() {
      const topics = yield* table
      topics.create(asked("a.b"), "id")
      topics.delete("a.b")
      assert.strictEqual(messageOf(topics.create(asked("a_b"), "other")), "done")
      assert.isUndefined(topics.byId.get("id"))
    }))

  it.effect("is internal only by the names of Kafka's own", () =>
    Effect.gen(function*() {
      const topics = yield* table
      for (const name of ["__consumer_offsets", "__mine"]) topics.create(asked(name), name)
      const isInternal = [...topics.byName.values()].map((topic) => topic.isInternal)
      assert.deepStrictEqual(isInternal, [true, false])
    }))
})

describe("a topic that is there", () => {
  it.effect("only gets more partitions", () =>
    Effect.gen(function*() {
      const topics = yield* table
      topics.create(asked("t", 3), "id")
      const grow = (total: number) => messageOf(topics.createPartitions("t", total))
      assert.strictEqual(grow(3), "37 Topic already has 3 partition(s).")
      assert.strictEqual(
        grow(2),
        "37 The topic t currently has 3 partition(s); 2 would not be an increase."
      )
      assert.match(grow(101), /^37 98 more partitions/)
      assert.deepStrictEqual(topics.createPartitions("t", 100), {
        _tag: "PartitionsAdded",
        topic: topics.byId.get("id")!,
        from: 3
      })
      assert.strictEqual(topics.byName.get("t")?.partitions, 100)
    }))

  it.effect("keeps its settings when new ones are wrong", () =>
    Effect.gen(function*() {
      const topics = yield* table
      topics.create(asked("t", 1, { "retention.ms": "5" }), "id")
      const wrong = topics.updateConfigs("t", () => ({ "retention.ms": "never" }))
      assert.match(messageOf(wrong), /^40 /)
      assert.strictEqual(topics.byName.get("t")?.logConfig.retentionMs, 5)
      topics.updateConfigs("t", (before) => ({ ...before, "segment.bytes": "1048576" }))
      const topic = topics.byName.get("t")!
      assert.deepStrictEqual(topic.configs, { "retention.ms": "5", "segment.bytes": "1048576" })
      assert.strictEqual(topic.logConfig.segmentBytes, 1048576)
    }))

  it.effect("is needed for a change", () =>
    Effect.gen(function*() {
      const topics = yield* table
      const outcomes = [
        topics.delete("t"),
        topics.createPartitions("t", 2),
        topics.updateConfigs("t", (configs) => configs)
      ]
      for (const outcome of outcomes) {
        const code = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
        assert.strictEqual(messageOf(outcome), `${code} Topic 't' does not exist.`)
      }
    }))
})

describe("a copy", () => {
  it.effect("is changed alone", () =>
    Effect.gen(function*() {
      const topics = yield* table
      topics.create(asked("t", 60), "id")
      const copy = topics.copy()
      copy.delete("t")
      copy.create(asked("u", 100), "other")
      assert.deepStrictEqual([...topics.byName.keys()], ["t"])
      assert.strictEqual(messageOf(topics.refusal(asked("v", 40))), "done")
      assert.match(messageOf(copy.refusal(asked("v", 1))), /^37 /)
    }))
})
