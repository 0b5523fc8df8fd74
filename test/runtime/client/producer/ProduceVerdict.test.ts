// What each error code means for a batch.
import { assert, describe, it } from "@effect/vitest"
import { ErrorCode } from "../../../../src/domain/ErrorCode.ts"
import * as ProduceVerdict from "../../../../src/runtime/client/producer/ProduceVerdict.ts"

const usual = { isIdempotent: true, isFirst: true, recordCount: 2 }

describe("ProduceVerdict", () => {
  const cases: ReadonlyArray<
    readonly [
      keyof typeof ErrorCode,
      Partial<ProduceVerdict.Circumstances>,
      ProduceVerdict.ProduceVerdict
    ]
  > = [
    ["NONE", {}, "done"],
    ["DUPLICATE_SEQUENCE_NUMBER", {}, "done"],
    ["NOT_LEADER_OR_FOLLOWER", {}, "retry"],
    ["NOT_ENOUGH_REPLICAS", {}, "retry"],
    ["CORRUPT_MESSAGE", {}, "retry"],
    ["TOPIC_AUTHORIZATION_FAILED", {}, "fail"],
    ["INVALID_RECORD", {}, "fail"],
    ["INVALID_PRODUCER_EPOCH", {}, "fail"],
    ["MESSAGE_TOO_LARGE", {}, "split"],
    ["MESSAGE_TOO_LARGE", { recordCount: 1 }, "fail"],
    ["OUT_OF_ORDER_SEQUENCE_NUMBER", { isFirst: true }, "renumber"],
    ["OUT_OF_ORDER_SEQUENCE_NUMBER", { isFirst: false }, "retry"],
    ["OUT_OF_ORDER_SEQUENCE_NUMBER", { isIdempotent: false }, "fail"],
    ["UNKNOWN_PRODUCER_ID", {}, "renumber"],
    ["UNKNOWN_PRODUCER_ID", { isIdempotent: false }, "fail"]
  ]
  for (const [name, circumstances, verdict] of cases) {
    it(`${verdict}: ${name} ${JSON.stringify(circumstances)}`, () => {
      const code = ErrorCode[name]
      assert.strictEqual(ProduceVerdict.of(code, { ...usual, ...circumstances }), verdict)
    })
  }
})
