// The cluster and its topics: who is there, topics that come and go, by the admin and by themselves.
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Admin } from "../../../src/runtime/client/Admin.ts"
import * as Client from "../../../src/runtime/client/Client.ts"
import { Cluster } from "../../../src/runtime/client/cluster/Cluster.ts"
import * as Case from "./Case.ts"

const metadata = Case.of(
  "tells the cluster, its brokers and what they serve",
  Effect.gen(function*() {
    const admin = yield* Admin
    const { brokers, clusterId, controllerId } = yield* admin.describeCluster()
    assert.isNotEmpty(brokers)
    assert.include(brokers.map(({ nodeId }) => nodeId), controllerId)
    const served = yield* Admin.orFail(admin.apiVersions())
    const { apis, features } = [...served.values()][0]!
    assert.isDefined(apis.find(({ name }) => name === "Produce")?.spoken)
    const levels = [...features].map(([name, level]) => `${name} ${level}`).join(", ")
    return `cluster ${clusterId}, ${brokers.length} broker, ${apis.length} APIs; ${levels}`
  })
)

const autoCreate = Case.of(
  "makes a topic by sending to it",
  Effect.gen(function*() {
    const topic = Case.fresh("auto")
    const producer = yield* Case.producer()
    const { offset } = yield* producer.send({ topic, value: "first" })
    assert.strictEqual(offset, 0)
    const consumer = yield* Case.consumer()
    yield* consumer.assign(yield* consumer.partitionsOf(topic))
    assert.deepStrictEqual(Case.values(yield* Case.read(consumer, 1)), ["first"])
  })
)

const noAutoCreate = Case.of(
  "makes no topic where the producer does not want that",
  Effect.gen(function*() {
    const topic = Case.fresh("never")
    const producer = yield* Case.producer({ autoCreateTopics: false, blockMsMax: 500 })
    const error = yield* Effect.flip(producer.send({ topic, value: "v" }))
    assert.strictEqual(Case.reasonOf(error), "BrokerRefused UNKNOWN_TOPIC_OR_PARTITION")
    const admin = yield* Admin
    assert.notInclude((yield* admin.listTopics()).map((one) => one.topic), topic)
    return error.message
  })
)

const lifeOfTopic = Case.of(
  "creates, lists, describes, grows and deletes topics",
  Effect.gen(function*() {
    const admin = yield* Admin
    const topic = Case.fresh("life")
    const made = yield* Admin.onlyOne(
      admin.createTopics([{ topic, partitions: 2, configs: { "retention.ms": "3600000" } }])
    )
    assert.deepInclude(made, { topic, partitions: 2, replicationFactor: 1 })
    assert.include((yield* admin.listTopics()).map((one) => one.topic), topic)
    yield* Admin.orFail(admin.createPartitions([{ topic, total: 5 }]))
    const describe = Admin.onlyOne(admin.describeTopics([topic]))
    const { partitions } = yield* Effect.repeat(describe, {
      until: (described) => described.partitions.length === 5
    })
    assert.deepStrictEqual(partitions.map(({ partition }) => partition), [0, 1, 2, 3, 4])
    const producer = yield* Case.producer()
    assert.strictEqual((yield* producer.send({ topic, partition: 4, value: "v" })).offset, 0)
    yield* Admin.orFail(admin.deleteTopics([topic]))
    yield* Effect.repeat(admin.listTopics(), {
      until: (topics) => topics.every((one) => one.topic !== topic)
    })
  })
)

const refusals = Case.of(
  "says by topic why it cannot be made or deleted",
  Effect.gen(function*() {
    const admin = yield* Admin
    const topic = yield* Case.topic()
    const missing = Case.fresh("missing")
    const wanted = [
      { topic, partitions: 1 },
      { topic: "no/name", partitions: 1 },
      { topic: Case.fresh("none"), partitions: 0 },
      { topic: Case.fresh("config"), partitions: 1, configs: { "no.such.thing": "1" } },
      { topic: Case.fresh("good"), partitions: 1 }
    ]
    const outcomes = yield* admin.createTopics(wanted)
    const told = wanted.map(({ topic }) => {
      const outcome = outcomes.get(topic)!
      return outcome._tag === "Failure" ? Case.reasonOf(outcome.failure) : "made"
    })
    assert.deepStrictEqual(told, [
      "BrokerRefused TOPIC_ALREADY_EXISTS",
      "BrokerRefused INVALID_TOPIC_EXCEPTION",
      "BrokerRefused INVALID_PARTITIONS",
      "BrokerRefused INVALID_CONFIG",
      "made"
    ])
    for (const call of [admin.deleteTopics([missing]), admin.describeTopics([missing])]) {
      const error = yield* Effect.flip(Admin.orFail<string, unknown, never, never>(call as never))
      assert.strictEqual(
        Case.reasonOf(error as never),
        "BrokerRefused UNKNOWN_TOPIC_OR_PARTITION"
      )
    }
    yield* Admin.orFail(admin.createTopics([{ topic: missing }], { validateOnly: true }))
    assert.notInclude((yield* admin.listTopics()).map((one) => one.topic), missing)
  })
)

/** Port 1 answers nobody. */
const unreachable = Case.of(
  "says that nobody is there",
  Effect.gen(function*() {
    const error = yield* Effect.flip(
      Effect.flatMap(Cluster, (cluster) => cluster.topic("t", { timeoutMs: 1000 })).pipe(
        Effect.provide(Layer.fresh(Client.layer({ bootstrapServers: "127.0.0.1:1" })))
      )
    )
    assert.include(["ConnectionLost", "RequestTimedOut"], Case.reasonOf(error))
    return error.message
  })
)

export const cases: ReadonlyArray<Case.Case> = [
  metadata,
  autoCreate,
  noAutoCreate,
  lifeOfTopic,
  refusals,
  unreachable
]
