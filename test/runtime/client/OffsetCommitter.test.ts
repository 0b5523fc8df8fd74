// Offsets of groups, read and committed through a whole broker in memory: with and without a
// membership.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { ErrorCode } from "../../../src/domain/ErrorCode.ts"
import * as Topic from "../../../src/domain/Topic.ts"
import { Cluster } from "../../../src/runtime/client/Cluster.ts"
import * as GroupCommits from "../../../src/runtime/client/GroupCommits.ts"
import type { OffsetToCommit } from "../../../src/runtime/client/GroupContract.ts"
import * as OffsetCommitter from "../../../src/runtime/client/OffsetCommitter.ts"
import * as GroupWorld from "../../world/GroupWorld.ts"

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
