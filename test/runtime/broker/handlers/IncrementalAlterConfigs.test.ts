// Settings of topics: told, changed, and in effect at once.
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../../src/domain/ErrorCode.ts"
import { AlterConfigs } from "../../../../src/domain/protocol/AlterConfigs.ts"
import { DescribeConfigs } from "../../../../src/domain/protocol/DescribeConfigs.ts"
import { IncrementalAlterConfigs } from "../../../../src/domain/protocol/IncrementalAlterConfigs.ts"
import { Produce } from "../../../../src/domain/protocol/Produce.ts"
import * as BrokerWorld from "../../../world/BrokerWorld.ts"
import * as Requests from "../../../world/Requests.ts"

const TOPIC = 2
const BROKER = 4
const [SET, DELETE, APPEND, SUBTRACT] = [0, 1, 2, 3]

layer(BrokerWorld.layer())("settings", (it) => {
  const prepared = Effect.fnUntraced(function*(topic: string) {
    const client = yield* BrokerWorld.connect
    yield* Requests.createTopic(client, topic, 1, { "retention.ms": "5000" })
    const describe = Effect.fnUntraced(function*(name: string) {
      const { results } = yield* client.ask(DescribeConfigs, 4, {
        resources: [{ resourceType: TOPIC, resourceName: topic, configurationKeys: [name] }],
        includeSynonyms: true,
        includeDocumentation: true
      })
      return results[0]!.configs[0]
    })
    const change = Effect.fnUntraced(
      function*(name: string, configOperation: number, value: string | null, type = TOPIC) {
        const { responses } = yield* client.ask(IncrementalAlterConfigs, 1, {
          resources: [{
            resourceType: type,
            resourceName: type === TOPIC ? topic : "1",
            configs: [{ name, configOperation, value }]
          }],
          validateOnly: false
        })
        return responses[0]!.errorCode
      }
    )
    return { change, client, describe }
  })

  it.effect("are told with where they come from", () =>
    Effect.gen(function*() {
      const { describe } = yield* prepared("told")
      const own = yield* describe("retention.ms")
      assert.deepInclude(own, { value: "5000", configSource: 1, configType: 5, readOnly: false })
      assert.deepStrictEqual(own!.synonyms[0], { name: "retention.ms", value: "5000", source: 1 })
      assert.isNotEmpty(own!.documentation)
      assert.deepInclude(yield* describe("segment.bytes"), {
        value: "1073741824",
        configSource: 5
      })
      assert.isUndefined(yield* describe("no.such.setting"))
    }))

  it.effect("of a broker are those of its name; all brokers together were given none", () =>
    Effect.gen(function*() {
      const { client } = yield* prepared("brokers")
      const { results } = yield* client.ask(DescribeConfigs, 4, {
        resources: ["1", "", "2"].map((resourceName) => ({
          resourceType: BROKER,
          resourceName,
          configurationKeys: ["num.partitions"]
        })),
        includeSynonyms: false,
        includeDocumentation: false
      })
      assert.deepStrictEqual(
        results.map(({ configs, errorCode }) => [errorCode, configs.length]),
        [[ErrorCode.NONE, 1], [ErrorCode.NONE, 0], [ErrorCode.INVALID_REQUEST, 0]]
      )
    }))

  it.effect("are in effect at once, and go back to their default", () =>
    Effect.gen(function*() {
      const { change, client } = yield* prepared("effective")
      const large = BrokerWorld.batch(["x".repeat(500)])
      const produce = Effect.fnUntraced(function*() {
        const request = Requests.produce("effective", large)
        const { responses } = yield* client.ask(Produce, 9, request)
        return responses[0]!.partitionResponses[0]!.errorCode
      })
      assert.strictEqual(yield* produce(), ErrorCode.NONE)
      yield* change("max.message.bytes", SET, "200")
      assert.strictEqual(yield* produce(), ErrorCode.MESSAGE_TOO_LARGE)
      yield* change("max.message.bytes", DELETE, null)
      assert.strictEqual(yield* produce(), ErrorCode.NONE)
      yield* change("min.insync.replicas", SET, "2")
      assert.strictEqual(yield* produce(), ErrorCode.NOT_ENOUGH_REPLICAS)
    }))

  it.effect("that are lists are added to and taken from; others are not", () =>
    Effect.gen(function*() {
      const { change, describe } = yield* prepared("lists")
      const name = "follower.replication.throttled.replicas"
      yield* change(name, APPEND, "0:1,0:2")
      assert.strictEqual((yield* describe(name))!.value, "0:1,0:2")
      yield* change(name, SUBTRACT, "0:1")
      assert.strictEqual((yield* describe(name))!.value, "0:2")
      assert.strictEqual(yield* change("retention.ms", APPEND, "1"), ErrorCode.INVALID_CONFIG)
    }))

  it.effect("are refused when they are wrong, and stay as they were", () =>
    Effect.gen(function*() {
      const { change, describe } = yield* prepared("refused")
      assert.strictEqual(yield* change("no.such", SET, "1"), ErrorCode.INVALID_CONFIG)
      assert.strictEqual(yield* change("retention.ms", SET, "soon"), ErrorCode.INVALID_CONFIG)
      assert.strictEqual(yield* change("retention.ms", SET, null), ErrorCode.INVALID_REQUEST)
      assert.strictEqual(yield* change("retention.ms", 7, "1"), ErrorCode.INVALID_REQUEST)
      assert.strictEqual(
        yield* change("num.partitions", SET, "2", BROKER),
        ErrorCode.INVALID_REQUEST
      )
      assert.strictEqual((yield* describe("retention.ms"))!.value, "5000")
    }))

  it.effect("are replaced as a whole by the older request", () =>
    Effect.gen(function*() {
      const { client, describe } = yield* prepared("replaced")
      const { responses } = yield* client.ask(AlterConfigs, 2, {
        resources: [{
          resourceType: TOPIC,
          resourceName: "replaced",
          configs: [{ name: "segment.bytes", value: "1048576" }]
        }],
        validateOnly: false
      })
      assert.strictEqual(responses[0]!.errorCode, ErrorCode.NONE)
      assert.strictEqual((yield* describe("segment.bytes"))!.value, "1048576")
      assert.deepInclude(yield* describe("retention.ms"), { value: "604800000", configSource: 5 })
    }))
})
