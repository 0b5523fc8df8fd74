// Groups and their offsets through the lives of a broker: crashes, silence, full disks, deletion, and
// the time that offsets are kept.
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { ErrorCode } from "../../../src/domain/ErrorCode.ts"
import { NOBODY, settle, subscription, World } from "./CoordinatorWorld.ts"

const MINUTE_MS = 60_000

describe("groups", () => {
  it.effect("last: members of a stable group go on with their heartbeats after a crash", () =>
    Effect.gen(function*() {
      const world = new World()
      const before = yield* world.start
      const member = yield* before.lead("g", "all of it")
      const after = yield* world.restartAfterCrash(before)
      assert.strictEqual(yield* after.coordinator.heartbeat("g", member), ErrorCode.NONE)
      const again = yield* Deferred.await(after.coordinator.sync("g", {
        ...member,
        protocolType: "consumer",
        protocolName: "range",
        assignments: []
      }))
      assert.strictEqual(Buffer.from(again.assignment).toString(), "all of it")
    }))

  it.effect("expire members that stay silent, also those that were loaded", () =>
    Effect.gen(function*() {
      const world = new World()
      const before = yield* world.start
      const member = yield* before.lead("g")
      yield* TestClock.adjust(9000)
      assert.strictEqual(yield* before.coordinator.heartbeat("g", member), ErrorCode.NONE)
      yield* TestClock.adjust(9000)
      assert.strictEqual(before.coordinator.group("g")?.state, "Stable")
      const after = yield* world.restart(before)
      yield* TestClock.adjust(10_000)
      yield* settle
      assert.strictEqual(after.coordinator.group("g")?.state, "Empty")
      assert.strictEqual(
        yield* after.coordinator.heartbeat("g", member),
        ErrorCode.UNKNOWN_MEMBER_ID
      )
    }))

  it.effect("wait for the first rebalance as long as the setting says", () =>
    Effect.gen(function*() {
      const world = new World({ "group.initial.rebalance.delay.ms": "3000" })
      const life = yield* world.start
      const first = life.join("g")
      yield* TestClock.adjust(2999)
      const second = life.join("g")
      yield* TestClock.adjust(1)
      assert.isFalse(Deferred.isDoneUnsafe(first))
      yield* TestClock.adjust(3000)
      assert.strictEqual((yield* Deferred.await(first)).members.length, 2)
      assert.strictEqual((yield* Deferred.await(second)).generationId, 1)
    }))

  it.effect("are nobody's when they have no id, and unknown when nobody joined them", () =>
    Effect.gen(function*() {
      const { coordinator } = yield* new World().start
      const member = { memberId: "m", groupInstanceId: null, generationId: 1 }
      const { INVALID_GROUP_ID, UNKNOWN_MEMBER_ID } = ErrorCode
      assert.strictEqual(yield* coordinator.heartbeat("", member), INVALID_GROUP_ID)
      assert.strictEqual(yield* coordinator.heartbeat("g", member), UNKNOWN_MEMBER_ID)
      const left = yield* coordinator.leave("g", { members: [member] })
      assert.strictEqual(left.errorCode, UNKNOWN_MEMBER_ID)
      assert.deepStrictEqual([...coordinator.groups()], [])
    }))

  it.effect("are not changed by what cannot be written; who asked may ask again", () =>
    Effect.gen(function*() {
      const world = new World()
      const life = yield* world.start
      yield* life.coordinator.available
      const joined = yield* Deferred.await(life.join("g"))
      const who = { memberId: joined.memberId, groupInstanceId: null, generationId: 1 }
      const sync = {
        ...who,
        protocolType: null,
        protocolName: null,
        assignments: [{ memberId: joined.memberId, assignment: Buffer.from("all") }]
      }
      world.disk.fillUp()
      const refused = yield* Deferred.await(life.coordinator.sync("g", sync))
      assert.notStrictEqual(refused.errorCode, ErrorCode.NONE)
      assert.strictEqual(life.coordinator.group("g")?.state, "CompletingRebalance")
      assert.isTrue(world.lines.some((line) => line.includes("group g cannot be stored")))
      world.disk.fillUp(Infinity)
      yield* TestClock.adjust(1000)
      const accepted = yield* Deferred.await(life.coordinator.sync("g", sync))
      assert.strictEqual(Buffer.from(accepted.assignment).toString(), "all")
    }))

  it.effect("are deleted for good, with their offsets, once nobody is in them", () =>
    Effect.gen(function*() {
      const world = new World()
      const before = yield* world.start
      yield* before.topic("orders")
      const { coordinator } = before
      const member = yield* before.lead("g")
      yield* before.commit("g", member, 7)
      assert.strictEqual(yield* coordinator.remove("g"), ErrorCode.NON_EMPTY_GROUP)
      yield* coordinator.leave("g", { members: [member] })
      assert.strictEqual(yield* coordinator.remove("g"), ErrorCode.NONE)
      assert.strictEqual(yield* coordinator.remove("g"), ErrorCode.GROUP_ID_NOT_FOUND)
      const after = yield* world.restartAfterCrash(before)
      assert.deepStrictEqual([...after.coordinator.groups()], [])
      assert.isUndefined(after.committed("g"))
    }))
})

describe("committed offsets", () => {
  it.effect("are there after a crash once they are answered, with what was said of them", () =>
    Effect.gen(function*() {
      const world = new World()
      const before = yield* world.start
      assert.strictEqual(
        yield* before.commit("g", NOBODY, 41, { metadata: "said" }),
        ErrorCode.NONE
      )
      assert.strictEqual(yield* before.commit("g", NOBODY, 42, { partition: 1 }), ErrorCode.NONE)
      const after = yield* world.restartAfterCrash(before)
      assert.strictEqual(after.committed("g"), 41)
      assert.strictEqual(after.coordinator.group("g")?.offsets.get("orders", 0)?.metadata, "said")
      assert.strictEqual(after.committed("g", "orders", 1), 42)
    }))

  it.effect("are refused from whoever is not of the group, and texts that are too long", () =>
    Effect.gen(function*() {
      const life = yield* new World({ "offset.metadata.max.bytes": "3" }).start
      const member = yield* life.lead("g")
      const stale = { ...member, generationId: 0 }
      assert.strictEqual(yield* life.commit("g", NOBODY, 1), ErrorCode.UNKNOWN_MEMBER_ID)
      assert.strictEqual(yield* life.commit("g", stale, 1), ErrorCode.ILLEGAL_GENERATION)
      assert.strictEqual(yield* life.commit("other", member, 1), ErrorCode.ILLEGAL_GENERATION)
      assert.strictEqual(
        yield* life.commit("g", member, 1, { metadata: "long" }),
        ErrorCode.OFFSET_METADATA_TOO_LARGE
      )
      assert.isUndefined(life.committed("g"))
      assert.strictEqual(yield* life.commit("g", member, 1, { metadata: "ok" }), ErrorCode.NONE)
    }))

  it.effect("expire when their group has been empty for long, not while it is in use", () =>
    Effect.gen(function*() {
      const world = new World({
        "offsets.retention.minutes": "60",
        "offsets.retention.check.interval.ms": String(MINUTE_MS)
      })
      const life = yield* world.start
      const member = yield* life.lead("used")
      yield* life.commit("used", member, 1)
      yield* life.commit("used", member, 1, { topic: "unsubscribed" })
      yield* life.commit("simple", NOBODY, 2)
      yield* life.commit("short", NOBODY, 3, { retentionMs: 5 * MINUTE_MS })
      const beating = yield* Effect.forkChild(Effect.forever(
        Effect.andThen(Effect.sleep(5000), life.coordinator.heartbeat("used", member))
      ))
      yield* TestClock.adjust(6 * MINUTE_MS)
      yield* settle
      assert.isUndefined(life.committed("short"))
      assert.strictEqual(life.committed("simple"), 2)
      yield* TestClock.adjust(60 * MINUTE_MS)
      yield* settle
      assert.isUndefined(life.committed("simple"))
      assert.isUndefined(life.committed("used", "unsubscribed"))
      assert.strictEqual(life.committed("used"), 1)
      // Only from now on does the group's time run.
      yield* Fiber.interrupt(beating)
      yield* life.coordinator.leave("used", { members: [member] })
      yield* TestClock.adjust(59 * MINUTE_MS)
      yield* settle
      assert.strictEqual(life.committed("used"), 1)
      yield* TestClock.adjust(3 * MINUTE_MS)
      yield* settle
      assert.deepStrictEqual([...life.coordinator.groups()], [])
      const after = yield* world.restart(life)
      assert.deepStrictEqual([...after.coordinator.groups()], [])
    }))

  it.effect("go with their topic, and by OffsetDelete where nobody reads it", () =>
    Effect.gen(function*() {
      const world = new World()
      const life = yield* world.start
      yield* life.topic("gone")
      const member = yield* life.lead("g")
      yield* life.commit("g", member, 1)
      yield* life.commit("g", member, 2, { topic: "other" })
      yield* life.commit("g", member, 3, { topic: "gone" })
      yield* Effect.orDie(life.metadata.delete("gone"))
      yield* settle
      const places = ["orders", "other"].map((topic) => ({ topic, partition: 0 }))
      assert.deepStrictEqual(yield* life.coordinator.removeOffsets("g", places), {
        errorCode: ErrorCode.NONE,
        partitions: [ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC, ErrorCode.NONE]
      })
      const after = yield* world.restartAfterCrash(life)
      assert.strictEqual(after.committed("g"), 1)
      assert.isUndefined(after.committed("g", "other"))
      assert.isUndefined(after.committed("g", "gone"))
    }))

  it.effect("of a group whose members are opaque cannot be deleted while it is in use", () =>
    Effect.gen(function*() {
      const life = yield* new World().start
      const { coordinator } = life
      yield* Deferred.await(life.join("connect", {
        protocolType: "connect",
        protocols: [{ name: "default", metadata: subscription([]) }]
      }))
      const removed = (group: string) =>
        Effect.map(coordinator.removeOffsets(group, []), ({ errorCode }) => errorCode)
      assert.strictEqual(yield* removed("connect"), ErrorCode.NON_EMPTY_GROUP)
      assert.strictEqual(yield* removed("nobody's"), ErrorCode.GROUP_ID_NOT_FOUND)
    }))
})
