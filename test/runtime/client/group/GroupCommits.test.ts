// A commit while the group moves on under it: what is repeated, as whom, and what is not.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { ErrorCode } from "../../../../src/domain/ErrorCode.ts"
import * as ClientConfig from "../../../../src/layers/config/ClientConfig.ts"
import * as ClientError from "../../../../src/runtime/client/ClientError.ts"
import * as GroupCommits from "../../../../src/runtime/client/group/GroupCommits.ts"
import type { OffsetCommitter } from "../../../../src/runtime/client/group/GroupContract.ts"

const config = ClientConfig.make({ bootstrapServers: "127.0.0.1:9092" })
const orders = { topic: "orders", partition: 0 }
const offsets = new Map([["orders-0", { ...orders, offset: 5 }]])

/** A broker at one generation, and a member that has its own idea of it. */
class Group {
  generationId = 2
  member = 1
  readonly commits: Array<number> = []

  readonly membership = {
    identity: () => ({ memberId: "m", generationId: this.member, groupInstanceId: null }),
    assigned: () => [orders]
  }

  readonly committer: OffsetCommitter = {
    fetch: () => Effect.succeed(new Map()),
    commit: (_offsets, identity) =>
      Effect.suspend(() => {
        this.commits.push(identity!.generationId)
        return identity!.generationId === this.generationId
          ? Effect.void
          : ClientError.refused("OffsetCommit", ErrorCode.ILLEGAL_GENERATION)
      })
  }

  readonly commit = GroupCommits.commit({ config }, this.membership, this.committer, offsets)
}

describe("a commit", () => {
  it.effect("waits until the member hears of the generation that the broker knows already", () =>
    Effect.gen(function*() {
      const group = new Group()
      const committing = yield* Effect.forkChild(group.commit, { startImmediately: true })
      group.member = 2
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(committing)
      assert.deepStrictEqual(group.commits, [1, 2])
    }))

  it.effect("is given up where the member hears of none", () =>
    Effect.gen(function*() {
      const group = new Group()
      const failing = yield* Effect.forkChild(Effect.flip(group.commit), { startImmediately: true })
      yield* TestClock.adjust("10 seconds")
      const error = yield* Fiber.join(failing)
      assert.strictEqual(error.errorCode, ErrorCode.ILLEGAL_GENERATION)
      assert.strictEqual(group.commits.length, 5)
    }))
})
