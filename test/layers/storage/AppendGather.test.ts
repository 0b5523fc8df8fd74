// A batch that is sent again is answered as it was answered the first time.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { batch, World } from "./StorageWorld.ts"

const repeated = () =>
  batch({ records: 3, timestamp: 500, producerId: 7, producerEpoch: 0, baseSequence: 0 })

describe("a batch that is sent again", () => {
  it.effect("is stored once, with one offset, and one time where the broker gives it", () =>
    Effect.gen(function*() {
      for (const type of ["CreateTime", "LogAppendTime"]) {
        const storage = yield* new World().start
        yield* storage.topic("t", { "message.timestamp.type": type })
        yield* storage.append("t", batch())
        yield* TestClock.adjust("1 minute")
        const first = yield* storage.append("t", repeated())
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual(yield* storage.append("t", repeated()), first)
        assert.strictEqual(first.logAppendTimeMs < 0, type === "CreateTime")
        assert.strictEqual((yield* storage.readAll("t")).nextOffset, 4)
      }
    }))
})
