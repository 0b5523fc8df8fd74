// Where a consumer stands in its partitions: what seeks, polls and revocations do to it.
import { assert, describe, it } from "@effect/vitest"
import {
  AssignedPartition,
  SubscriptionState
} from "../../../../src/runtime/client/consumer/SubscriptionState.ts"

const ORDERS = { topic: "orders", partition: 0 }

describe("AssignedPartition", () => {
  it("has no position before one is found, and none while it is looked for again", () => {
    const state = new AssignedPartition("orders", 0)
    assert.isFalse(state.hasPosition)
    state.seek(7)
    assert.isTrue(state.hasPosition)
    state.seekTo("latest")
    assert.isFalse(state.hasPosition)
  })

  it("begins another incarnation with each seek, so that nothing fetched before is delivered", () => {
    const state = new AssignedPartition("orders", 0)
    const before = state.incarnation
    state.seek(7)
    state.seek(7)
    assert.strictEqual(state.incarnation, before + 2)
  })

  it("keeps its position while it is held against a new leader", () => {
    const state = new AssignedPartition("orders", 0)
    state.seek(7, 3)
    state.need = { _tag: "Validation", leaderEpoch: 4 }
    assert.isTrue(state.hasPosition)
    state.validated()
    assert.deepStrictEqual([state.need._tag, state.position], ["Nothing", 7])
  })

  it("knows its lag by the end that it may read to", () => {
    const state = new AssignedPartition("orders", 0)
    state.seek(10)
    assert.isUndefined(state.lag(false))
    state.highWatermark = 25
    state.lastStableOffset = 20
    assert.deepStrictEqual([state.lag(false), state.lag(true)], [15, 10])
    state.position = 30
    assert.strictEqual(state.lag(false), 0)
  })
})

describe("SubscriptionState", () => {
  it("counts as processed what was delivered before the poll, not what comes after", () => {
    const subscription = new SubscriptionState()
    const [state] = subscription.add([ORDERS])
    state!.seek(0)
    state!.position = 5
    assert.strictEqual(state!.processed, 0)
    subscription.leaveBehind()
    state!.position = 9
    assert.strictEqual(state!.processed, 5)
  })

  it("gives a partition that comes back another state", () => {
    const subscription = new SubscriptionState()
    const [first] = subscription.add([ORDERS])
    assert.deepStrictEqual(subscription.add([ORDERS]), [])
    subscription.revoke([ORDERS])
    assert.isTrue(first!.isRevoked)
    subscription.remove([ORDERS])
    const [second] = subscription.add([ORDERS])
    assert.notStrictEqual(second, first)
    assert.isFalse(second!.isRevoked)
  })

  it("tells of what comes and goes", () => {
    const told: Array<string> = []
    const subscription = new SubscriptionState()
    subscription.onAdded = ({ key }) => {
      told.push(`+${key}`)
      return () => told.push(`-${key}`)
    }
    subscription.add([ORDERS])
    subscription.remove([ORDERS])
    subscription.remove([ORDERS])
    assert.deepStrictEqual(told, ["+orders-0", "-orders-0"])
  })
})
