// Groups: members that share a topic in each protocol and by each assignor, static members, and commits of
// every kind. Members read all the while, as applications do.
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { Admin } from "../../../src/runtime/client/Admin.ts"
import type { CommitResult } from "../../../src/runtime/client/consumer/CommitLine.ts"
import type { ConsumerOptions } from "../../../src/runtime/client/consumer/ConsumerOptions.ts"
import type { ConsumerRecord } from "../../../src/runtime/client/consumer/ConsumerRecord.ts"
import * as Case from "./Case.ts"

const PARTITIONS = 4

/** Ends when it is so; a case that waits in vain runs out of time. */
const until = (isSo: () => boolean): Effect.Effect<void> =>
  Effect.asVoid(Effect.repeat(Effect.sleep("10 millis"), { until: isSo }))

/** A member that reads and commits until it is closed. */
const join = Effect.fnUntraced(function*(topic: string, options: ConsumerOptions) {
  const scope = yield* Scope.fork(yield* Effect.scope)
  const records: Array<ConsumerRecord> = []
  /** What it was told: "+" given, "-" taken, "!" lost. */
  const told: Array<string> = []
  const note = (sign: string) => (partitions: ReadonlyArray<unknown>) =>
    Effect.sync(() => {
      if (partitions.length > 0) told.push(`${sign}${partitions.length}`)
    })
  const consumer = yield* Case.consumer({
    topics: [topic],
    autoCommit: true,
    sessionTimeoutMs: 10_000,
    heartbeatIntervalMs: 200,
    fetchWaitMsMax: 100,
    listener: { onAssigned: note("+"), onRevoked: note("-"), onLost: note("!") },
    ...options
  }).pipe(Scope.provide(scope))
  const polling = Effect.forever(
    Effect.map(consumer.poll(1000, "200 millis"), (polled) => {
      records.push(...polled)
    })
  )
  yield* Effect.forkIn(polling, scope)
  return {
    consumer,
    records,
    told,
    owned: () => consumer.assignment().map(({ partition }) => partition).sort((a, b) => a - b),
    close: Scope.close(scope, Exit.void)
  }
})

/** Two members share, one leaves, the other has all; nothing is lost, nothing read twice. */
const share = (options: ConsumerOptions) =>
  Effect.gen(function*() {
    const topic = yield* Case.topic(PARTITIONS)
    const groupId = Case.fresh("group")
    const producer = yield* Case.producer()
    let sent = 0
    const produce = Effect.suspend(() => {
      const records = Array.from({ length: PARTITIONS * 25 }, (_, index) => ({
        topic,
        partition: index % PARTITIONS,
        value: `v${sent + index}`
      }))
      sent += records.length
      return producer.sendAll(records)
    })
    const first = yield* join(topic, { groupId, ...options })
    yield* until(() => first.owned().length === PARTITIONS)
    yield* produce
    yield* until(() => first.records.length === sent)
    const second = yield* join(topic, { groupId, ...options })
    yield* until(() => first.owned().length === 2 && second.owned().length === 2)
    assert.sameMembers([...first.owned(), ...second.owned()], [0, 1, 2, 3])
    yield* produce
    const all = () => new Set([...first.records, ...second.records].map(nameOf))
    yield* until(() => all().size === sent)
    yield* first.close
    yield* until(() => second.owned().length === PARTITIONS)
    yield* produce
    yield* until(() => all().size === sent)
    yield* second.close
    const read = first.records.length + second.records.length
    assert.strictEqual(
      read,
      sent,
      "records were read twice, though each left after it had committed"
    )
    const admin = yield* Admin
    const { lag } = yield* admin.groupLag(groupId)
    assert.strictEqual(lag, 0)
    return `first ${first.told.join(" ")}, second ${second.told.join(" ")}`
  })

const nameOf = (record: ConsumerRecord): string => `${record.partition}@${record.offset}`

const classic = (["range", "roundrobin", "sticky", "cooperative-sticky"] as const).map(
  (assignor) =>
    Case.of(
      `shares a topic by the classic protocol, ${assignor}`,
      share({ protocol: "classic", assignors: [assignor] })
    )
)

/** Whether the broker runs the consumer protocol. */
const servesConsumerProtocol = Effect.gen(function*() {
  const admin = yield* Admin
  const served = yield* Admin.orFail(admin.apiVersions())
  return [...served.values()].every(({ apis }) =>
    apis.some(({ name, spoken }) => name === "ConsumerGroupHeartbeat" && spoken !== undefined)
  )
})

const consumerProtocol = (["uniform", "range"] as const).map((remoteAssignor) =>
  Case.of(
    `shares a topic by the consumer protocol (KIP-848), ${remoteAssignor}`,
    Effect.gen(function*() {
      if (!(yield* servesConsumerProtocol)) {
        return yield* new Case.Skipped({ why: "the broker does not serve KIP-848" })
      }
      return yield* share({ protocol: "consumer", remoteAssignor })
    })
  )
)

const pattern = Case.of(
  "subscribes by a pattern",
  Effect.gen(function*() {
    const prefix = Case.fresh("pattern")
    const admin = yield* Admin
    const create = (topic: string) =>
      Admin.orFail(admin.createTopics([{ topic, partitions: 2, replicationFactor: 1 }]))
    yield* create(`${prefix}-a`)
    const consumer = yield* Case.consumer({
      groupId: prefix,
      topics: new RegExp(`${prefix}-.*`),
      protocol: "auto"
    })
    const poll = Effect.andThen(consumer.poll(1, "100 millis"), Effect.void)
    yield* Effect.repeat(poll, { until: () => consumer.assignment().length === 2 })
    assert.deepStrictEqual(consumer.assignment(), [0, 1].map((p) => Case.at(`${prefix}-a`, p)))
  })
)

const staticMember = Case.of(
  "restarts a static member without a rebalance",
  Effect.gen(function*() {
    const topic = yield* Case.topic(PARTITIONS)
    const groupId = Case.fresh("static")
    const options = { groupId, protocol: "classic", assignors: ["range"] } as const
    const first = yield* join(topic, { ...options, groupInstanceId: "one" })
    yield* until(() => first.owned().length === PARTITIONS)
    const second = yield* join(topic, { ...options, groupInstanceId: "two" })
    yield* until(() => first.owned().length === 2 && second.owned().length === 2)
    const owned = second.owned()
    const told = [...first.told]
    yield* second.close
    const again = yield* join(topic, { ...options, groupInstanceId: "two" })
    yield* until(() => again.owned().length === 2)
    assert.deepStrictEqual(again.owned(), owned)
    assert.deepStrictEqual(first.told, told, "the other member saw a rebalance")
    const admin = yield* Admin
    const removed = yield* admin.removeMembers(groupId, [
      { groupInstanceId: "one" },
      { groupInstanceId: "nobody" }
    ])
    assert.strictEqual(removed.get("one")?._tag, "Success")
    assert.strictEqual(removed.get("nobody")?._tag, "Failure")
    yield* first.close
    yield* again.close
  })
)

const commits = Case.of(
  "goes on where it committed: sync, async, by acknowledging and through a stream",
  Effect.gen(function*() {
    const topic = yield* Case.topic()
    const groupId = Case.fresh("commits")
    const producer = yield* Case.producer()
    yield* producer.sendAll(Case.records(topic, Case.numbered(100)))
    const next = Effect.scoped(
      Effect.flatMap(
        Case.assigned(topic, [0], { groupId }),
        (consumer) => Effect.map(Case.read(consumer, 1), ([record]) => record!.offset)
      )
    )
    const consumer = yield* Case.assigned(topic, [0], { groupId })
    yield* Case.read(consumer, 10)
    yield* consumer.commitSync()
    assert.strictEqual(yield* next, 10)

    const results: Array<CommitResult> = []
    const told = (result: CommitResult) => {
      results.push(result)
    }
    yield* Case.read(consumer, 10)
    yield* consumer.commitAsync(told)
    const offset = new Map([[`${topic}-0`, { ...Case.at(topic), offset: 33, metadata: "note" }]])
    yield* consumer.commitAsync(told, offset)
    yield* until(() => results.length === 2)
    assert.isTrue(results.every((result) => result._tag === "Success"), String(results))
    const committed = yield* consumer.committed([Case.at(topic)])
    assert.deepInclude(committed.get(`${topic}-0`), { offset: 33, metadata: "note" })
    assert.strictEqual(yield* next, 33)

    const [record] = yield* Case.read(consumer, 1)
    yield* consumer.acknowledge(record!)
    assert.strictEqual(yield* next, 21)
    yield* consumer.records.pipe(Stream.take(5), consumer.commitThrough, Stream.runDrain)
    assert.isAbove(yield* next, 25)
  })
)

const autoCommit = Case.of(
  "commits by itself what was processed, and no more",
  Effect.gen(function*() {
    const topic = yield* Case.topic()
    const groupId = Case.fresh("auto")
    const producer = yield* Case.producer()
    yield* producer.sendAll(Case.records(topic, Case.numbered(20)))
    const options = { groupId, autoCommit: true, autoCommitIntervalMs: 100 }
    yield* Effect.scoped(Effect.gen(function*() {
      const consumer = yield* Case.assigned(topic, [0], options)
      yield* Case.read(consumer, 5)
      yield* Effect.repeat(consumer.poll(3, "1 second"), { until: (found) => found.length > 0 })
      const committed = Effect.map(
        consumer.committed([Case.at(topic)]),
        (found) => found.get(`${topic}-0`)?.offset
      )
      yield* Effect.repeat(Effect.delay(committed, "20 millis"), {
        until: (offset) => offset === 5
      })
    }))
    const consumer = yield* Case.assigned(topic, [0], options)
    assert.strictEqual((yield* Case.read(consumer, 1))[0]!.offset, 5)
  })
)

export const cases: ReadonlyArray<Case.Case> = [
  ...classic,
  ...consumerProtocol,
  pattern,
  staticMember,
  commits,
  autoCommit
]
