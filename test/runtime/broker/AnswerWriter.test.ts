// An answer that cannot be written ends its connection, and nothing but that: what its requests held is given back,
// those before it are sent, and those behind it are waited for, because the log may still read their frames.
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type { Connection } from "../../../src/layers/transport/Transport.ts"
import { AnswerWriter, type Pending } from "../../../src/runtime/broker/AnswerWriter.ts"
import * as Handler from "../../../src/runtime/broker/Handler.ts"
import { stuck } from "../../world/StuckConnection.ts"

const begin = Effect.fnUntraced(function*() {
  const sent: Array<string> = []
  const done: Array<string> = []
  let isClosed = false
  const writeNow: Connection["writeNow"] = (chunks) => {
    sent.push(Buffer.concat(chunks).toString())
    return Effect.void
  }
  const connection: Connection = {
    ...stuck,
    write: (chunks) => Effect.suspend(() => writeNow(chunks)),
    writeNow,
    close: Effect.sync(() => {
      isClosed = true
    })
  }
  const answers = yield* AnswerWriter.make(connection, 10)
  const pending = (name: string, outcome: Handler.Outcome<unknown>): Pending => ({
    dispatched: {
      outcome,
      encode: (_, response) => {
        if (response === "bad") throw new Error("no version can carry this")
        return [Buffer.from(String(response))]
      }
    },
    done: () => done.push(name)
  })
  return { answers, done, isClosed: () => isClosed, pending, sent }
})

describe("AnswerWriter", () => {
  it.effect("gives up the connection for an answer that is ready and cannot be written", () =>
    Effect.gen(function*() {
      const { answers, done, isClosed, pending, sent } = yield* begin()
      yield* answers.offer(pending("good", Handler.ready("good")))
      yield* answers.offer(pending("bad", Handler.ready("bad")))
      yield* answers.offer(pending("late", Handler.ready("late")))
      assert.deepStrictEqual(sent, ["good"])
      assert.deepStrictEqual(done, ["good", "bad", "late"])
      assert.isTrue(isClosed())
    }))

  it.effect("waits for those behind one that cannot be written, and lets nobody wait for ever", () =>
    Effect.gen(function*() {
      const { answers, done, isClosed, pending, sent } = yield* begin()
      const running = yield* Effect.forkChild(answers.run, { startImmediately: true })
      const first = yield* Deferred.make<string>()
      const last = yield* Deferred.make<string>()
      const never = () => false
      yield* answers.offer(pending("first", Handler.later(Deferred.await(first), never)))
      yield* answers.offer(pending("bad", Handler.later(Effect.succeed("bad"), never)))
      yield* answers.offer(pending("dies", Handler.later(Effect.die("a defect"), never)))
      yield* answers.offer(pending("last", Handler.later(Deferred.await(last), never)))
      const settled = yield* Effect.forkChild(answers.settled(), { startImmediately: true })
      yield* Deferred.succeed(first, "first")
      yield* Effect.yieldNow
      assert.notInclude(done, "last")
      yield* Deferred.succeed(last, "last")
      yield* Fiber.join(settled)
      assert.deepStrictEqual(sent, ["first"])
      assert.deepStrictEqual(done, ["first", "bad", "dies", "last"])
      assert.isTrue(isClosed())
      yield* answers.end
      yield* Fiber.join(running)
    }))

  it.effect("sends what is ready at once, with those before it that have become so", () =>
    Effect.gen(function*() {
      const { answers, done, pending, sent } = yield* begin()
      let isReady = false
      const first = Handler.later(Effect.succeed("first "), () => isReady)
      yield* answers.offer(pending("first", first))
      assert.deepStrictEqual(sent, [])
      isReady = true
      yield* answers.offer(pending("second", Handler.ready("second")))
      assert.deepStrictEqual(sent, ["first second"])
      assert.deepStrictEqual(done, ["first", "second"])
      yield* answers.offer(pending("third", Handler.ready("third")))
      yield* answers.settled()
      assert.deepStrictEqual(sent, ["first second", "third"])
      // Nothing is left in the line for the fiber.
      const running = yield* Effect.forkChild(answers.run, { startImmediately: true })
      yield* answers.end
      yield* Fiber.join(running)
      assert.deepStrictEqual(done, ["first", "second", "third"])
    }))

  it.effect("lets what is ready stand in the line behind what is not", () =>
    Effect.gen(function*() {
      const { answers, pending, sent } = yield* begin()
      const first = yield* Deferred.make<string>()
      const isReady = () => Deferred.isDoneUnsafe(first)
      yield* answers.offer(pending("first", Handler.later(Deferred.await(first), isReady)))
      yield* answers.offer(pending("second", Handler.ready("second")))
      assert.deepStrictEqual(sent, [])
      const running = yield* Effect.forkChild(answers.run, { startImmediately: true })
      yield* Effect.yieldNow
      // The fiber waits with both in its hands; the third must not overtake them.
      yield* answers.offer(pending("third", Handler.ready("third")))
      assert.deepStrictEqual(sent, [])
      yield* Deferred.succeed(first, "first")
      yield* answers.settled()
      assert.strictEqual(sent.join(" "), "firstsecond third")
      yield* answers.end
      yield* Fiber.join(running)
    }))
})
