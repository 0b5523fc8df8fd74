// Offsets of groups, read and committed through a whole broker in memory: with and without a
// membership.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { ErrorCode } from "../../../../src/domain/ErrorCode.ts"
import { OffsetCommit } from "../../../../src/domain/protocol/OffsetCommit.ts"
import { OffsetFetch } from "../../../../src/domain/protocol/OffsetFetch.ts"
import * as Topic from "../../../../src/domain/Topic.ts"
import type * as Api from "../../../../src/domain/wire/Api.ts"
import { Cluster } from "../../../../src/runtime/client/cluster/Cluster.ts"
import * as GroupCommits from "../../../../src/runtime/client/group/GroupCommits.ts"
import type { OffsetToCommit } from "../../../../src/runtime/client/group/GroupContract.ts"
import * as OffsetCommitter from "../../../../src/runtime/client/group/OffsetCommitter.ts"
import * as GroupWorld from "../../../world/GroupWorld.ts"
import { layer, ScriptedBroker } from "../../../world/ScriptedBroker.ts"
import { ScriptedGroup } from "../../../world/ScriptedGroup.ts"

const { eventually, inWorld, join, Ledger } = GroupWorld

const offsets = (...all: ReadonlyArray<OffsetToCommit>) =>
  new Map(all.map((one) => [Topic.format(one.topic, one.partition), one]))

const at = (partition: number, offset: number, more: Partial<OffsetToCommit> = {}) => ({
  topic: "orders",
  partition,
  offset,
  ...more
})

const BOTH = [{ topic: "orders", partition: 0 }, { topic: "orders", partition: 1 }]

describe("somebody who assigns its partitions itself", () => {
  it.effect("reads back what it committed, and nothing of what it did not", () =>
    Effect.gen(function*() {
      yield* GroupWorld.createTopic("orders", 2)
      const committer = yield* OffsetCommitter.make("readers")
      assert.strictEqual((yield* committer.fetch(BOTH)).size, 0)
      yield* committer.commit(offsets(at(1, 42, { leaderEpoch: 0, metadata: "note" })), undefined)
      const found = yield* committer.fetch(BOTH)
      assert.deepStrictEqual([...found], [
        ["orders-1", { offset: 42, leaderEpoch: 0, metadata: "note" }]
      ])
    }).pipe(inWorld))

  it.effect("has the last of many commits that were under way at once", () =>
    Effect.gen(function*() {
      yield* GroupWorld.createTopic("orders", 2)
      const committer = yield* OffsetCommitter.make("readers")
      const commits = Array.from(
        { length: 50 },
        (_, i) => committer.commit(offsets(at(0, i + 1)), undefined)
      )
      yield* Effect.all(commits, { concurrency: "unbounded" })
      assert.strictEqual((yield* committer.fetch(BOTH)).get("orders-0")?.offset, 50)
    }).pipe(inWorld))

  it.effect("is told which partition was refused, and why", () =>
    Effect.gen(function*() {
      yield* GroupWorld.createTopic("orders", 2)
      const committer = yield* OffsetCommitter.make("readers")
      const metadata = "x".repeat(10_000)
      const error = yield* Effect.flip(
        committer.commit(offsets(at(0, 1), at(1, 1, { metadata })), undefined)
      )
      assert.strictEqual(error.errorCode, ErrorCode.OFFSET_METADATA_TOO_LARGE)
      assert.include(error.message, "orders-1")
    }).pipe(inWorld))

  it.effect("is refused while the group has members", () =>
    Effect.gen(function*() {
      yield* GroupWorld.createTopic("orders", 2)
      const ledger = new Ledger()
      yield* join(ledger.listener("a"))
      yield* eventually(() => ledger.owners.size === 2)
      const committer = yield* OffsetCommitter.make("readers")
      const error = yield* Effect.flip(committer.commit(offsets(at(0, 1)), undefined))
      assert.strictEqual(error.errorCode, ErrorCode.UNKNOWN_MEMBER_ID)
    }).pipe(inWorld))
})

describe("a member", () => {
  it.effect("goes on where the last one committed, to the end of its revocation", () =>
    Effect.gen(function*() {
      yield* GroupWorld.createTopic("orders", 2)
      const ledger = new Ledger()
      const committer = yield* OffsetCommitter.make("readers")
      const listener = ledger.listener("a")
      const first: GroupWorld.TestMember = yield* join({
        ...listener,
        onRevoked: (partitions) =>
          committer.commit(offsets(at(0, 7)), first.identity()).pipe(
            Effect.orDie,
            Effect.andThen(listener.onRevoked(partitions))
          )
      })
      yield* eventually(() => ledger.owners.size === 2)
      yield* committer.commit(offsets(at(0, 5), at(1, 3)), first.identity())
      yield* first.stop
      const second = yield* join(ledger.listener("b"))
      yield* eventually(() => ledger.owned("b").length === 2)
      const found = yield* committer.fetch(BOTH, second.identity())
      assert.deepStrictEqual([...found.values()].map(({ offset }) => offset), [7, 3])
    }).pipe(inWorld))

  it.effect("is refused when its generation is over, and nothing changes", () =>
    Effect.gen(function*() {
      yield* GroupWorld.createTopic("orders", 2)
      const ledger = new Ledger()
      const committer = yield* OffsetCommitter.make("readers")
      const a = yield* join(ledger.listener("a"))
      yield* eventually(() => ledger.owners.size === 2)
      const before = a.identity()
      yield* join(ledger.listener("b"))
      yield* eventually(() => ledger.owned("a").length === 1 && ledger.owned("b").length === 1)
      const error = yield* Effect.flip(committer.commit(offsets(at(0, 9)), before))
      assert.strictEqual(error.errorCode, ErrorCode.ILLEGAL_GENERATION)
      assert.strictEqual((yield* committer.fetch(BOTH)).size, 0)
    }).pipe(inWorld))

  it.effect("commits across a rebalance what it keeps, and not what went to another", () =>
    Effect.gen(function*() {
      yield* GroupWorld.createTopic("orders", 2)
      const cluster = yield* Cluster
      const ledger = new Ledger()
      const committer = yield* OffsetCommitter.make("readers")
      const a = yield* join(ledger.listener("a"))
      yield* eventually(() => ledger.owners.size === 2)
      yield* join(ledger.listener("b"))
      // The rebalance is under way now, or about to be.
      const commits = yield* Effect.forEach([0, 1], (partition) =>
        Effect.forkChild(
          Effect.sleep(50 + 10 * partition).pipe(
            Effect.andThen(
              GroupCommits.commit(cluster, a, committer, offsets(at(partition, 1)))
            ),
            Effect.forever,
            Effect.flip
          )
        ))
      yield* eventually(() => ledger.owned("a").length === 1 && ledger.owned("b").length === 1)
      yield* eventually(() => commits.some((fiber) => fiber.pollUnsafe() !== undefined))
      const kept = Number(ledger.owned("a")[0]!.slice(-1))
      const error = yield* Fiber.join(commits[1 - kept]!)
      assert.strictEqual(error.errorCode, ErrorCode.ILLEGAL_GENERATION)
      assert.isUndefined(commits[kept]!.pollUnsafe())
      yield* Fiber.interrupt(commits[kept]!)
    }).pipe(inWorld))
})

describe("a coordinator", () => {
  const scripted = layer({ brokers: 2, topics: { orders: [1, 2] } })

  const committed = (errorCode: ErrorCode): Api.Response<typeof OffsetCommit> => ({
    throttleTimeMs: 0,
    topics: [{ name: "orders", partitions: [{ partitionIndex: 0, errorCode }] }]
  })

  it.effect("that moves or loads is asked again, and later commits wait behind", () =>
    Effect.gen(function*() {
      const broker = yield* ScriptedBroker
      const group = new ScriptedGroup(broker)
      const answers = [
        ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
        ErrorCode.NOT_COORDINATOR,
        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
      ]
      broker.on(OffsetCommit, () => {
        if (answers.length === 2) group.coordinator = 2
        return committed(answers.shift() ?? ErrorCode.NONE)
      })
      const committer = yield* OffsetCommitter.make("readers")
      const commits = yield* Effect.forkChild(
        Effect.all([1, 2].map((offset) => committer.commit(offsets(at(0, offset)), undefined)), {
          concurrency: "unbounded"
        })
      )
      yield* eventually(() => commits.pollUnsafe() !== undefined)
      const sent = broker.asked(OffsetCommit).map(({ nodeId, request }) =>
        `${nodeId}: ${request.topics[0]!.partitions[0]!.committedOffset}`
      )
      assert.deepStrictEqual(sent, ["1: 1", "1: 1", "2: 1", "2: 1", "2: 2"])
    }).pipe(Effect.scoped, Effect.provide(scripted)))

  it.effect("that does not know the topic is asked a few times, as it will not know it again", () =>
    Effect.gen(function*() {
      const broker = yield* ScriptedBroker
      const group = new ScriptedGroup(broker)
      broker.on(OffsetCommit, () => committed(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION))
      const committer = yield* OffsetCommitter.make("readers")
      const commit = Effect.flip(committer.commit(offsets(at(0, 1)), undefined))
      const failing = yield* Effect.forkChild(commit)
      yield* eventually(() => failing.pollUnsafe() !== undefined, { steps: 50 })
      const error = yield* Fiber.join(failing)
      assert.strictEqual(error.errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
      assert.strictEqual(group.nodesOf(OffsetCommit).length, 5)
    }).pipe(Effect.scoped, Effect.provide(scripted)))

  const fetched = (errorCode: ErrorCode, committedOffset: number) => {
    const partition = { partitionIndex: 0, committedOffset, committedLeaderEpoch: 3 }
    const topics = [{ name: "orders", partitions: [{ ...partition, metadata: null, errorCode }] }]
    const good = { throttleTimeMs: 0, errorCode: ErrorCode.NONE, topics }
    return { ...good, groups: [{ groupId: "readers", errorCode: ErrorCode.NONE, topics }] }
  }

  it.effect("is asked again while a transaction may change the offset, in versions old and new", () =>
    Effect.forEach([9, 8, 7, 5], (version) =>
      Effect.gen(function*() {
        const broker = yield* ScriptedBroker
        const group = new ScriptedGroup(broker)
        broker.setVersionMax(OffsetFetch, version)
        broker.on(OffsetFetch, ({ count }) =>
          count === 0 ? fetched(ErrorCode.UNSTABLE_OFFSET_COMMIT, -1) : fetched(ErrorCode.NONE, 9))
        const committer = yield* OffsetCommitter.make("readers")
        const fetching = yield* Effect.forkChild(committer.fetch(BOTH))
        yield* eventually(() =>
          fetching.pollUnsafe() !== undefined
        )
        const found = yield* Fiber.join(fetching)
        assert.strictEqual(found.get("orders-0")?.offset, 9)
        assert.deepStrictEqual(group.nodesOf(OffsetFetch), [1, 1])
        assert.deepStrictEqual(
          broker.asked(OffsetFetch).map(({ request }) => request.requireStable),
          version >= 7 ? [true, true] : [false, false]
        )
      }).pipe(Effect.scoped, Effect.provide(layer({ topics: { orders: [1] } })))))
})
