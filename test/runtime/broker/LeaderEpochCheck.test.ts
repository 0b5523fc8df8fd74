// A reader that knows an older leader is fenced; one that knows a newer leader is told to wait.
import { assert, describe, it } from "@effect/vitest"
import { ErrorCode } from "../../../src/domain/ErrorCode.ts"
import * as LeaderEpochCheck from "../../../src/runtime/broker/LeaderEpochCheck.ts"

describe("LeaderEpochCheck", () => {
  it("compares the epoch that was told, if one was", () => {
    assert.strictEqual(LeaderEpochCheck.check(2, 3), ErrorCode.FENCED_LEADER_EPOCH)
    assert.strictEqual(LeaderEpochCheck.check(4, 3), ErrorCode.UNKNOWN_LEADER_EPOCH)
    assert.strictEqual(LeaderEpochCheck.check(3, 3), ErrorCode.NONE)
    assert.strictEqual(LeaderEpochCheck.check(-1, 3), ErrorCode.NONE)
    assert.strictEqual(LeaderEpochCheck.check(2, undefined), ErrorCode.NONE)
  })
})
