// Frames come out once, in order and before the reason of the end; fullness is told both ways.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { Inbox } from "../../../src/layers/transport/Inbox.ts"
import { failed, framed } from "./TransportSuite.ts"

const LIMITS = { frameBytesMax: 100, receiveBytesMax: 10 }
const bytes = (text: string): Buffer => Buffer.concat(framed(Buffer.from(text)))

describe("Inbox", () => {
  it.effect("says when it is full, and that there is room once the frames were taken", () =>
    Effect.gen(function*() {
      let rooms = 0
      const inbox = new Inbox(LIMITS, () => rooms++)
      assert.isTrue(inbox.push(bytes("0123456789")))
      assert.isFalse(inbox.push(bytes("x")))
      const frames = yield* inbox.take
      assert.deepStrictEqual(frames.map(String), ["0123456789", "x"])
      assert.strictEqual(rooms, 1)
      assert.isTrue(inbox.push(bytes("y")))
      yield* inbox.take
      assert.strictEqual(rooms, 1)
    }))

  it.effect("a take resumes in the very push that completes a frame", () =>
    Effect.gen(function*() {
      const inbox = new Inbox(LIMITS, () => {})
      const fiber = yield* Effect.forkChild(inbox.take, { startImmediately: true })
      const whole = bytes("frame")
      inbox.push(whole.subarray(0, 6))
      assert.isUndefined(fiber.pollUnsafe())
      inbox.push(whole.subarray(6))
      const exit = fiber.pollUnsafe()
      assert.isTrue(exit !== undefined && Exit.isSuccess(exit))
    }))

  it.effect("a take that was interrupted leaves its place to the next", () =>
    Effect.gen(function*() {
      const inbox = new Inbox(LIMITS, () => {})
      const fiber = yield* Effect.forkChild(inbox.take, { startImmediately: true })
      yield* Fiber.interrupt(fiber)
      inbox.push(bytes("kept"))
      assert.deepStrictEqual((yield* inbox.take).map(String), ["kept"])
    }))

  it.effect("gives the frames before the end, then the first reason, for ever", () =>
    Effect.gen(function*() {
      const inbox = new Inbox(LIMITS, () => {})
      let ends = 0
      inbox.onEnd(() => ends++)
      inbox.push(bytes("one"))
      inbox.push(bytes("two").subarray(0, 5))
      inbox.endOfStream()
      inbox.endOfStream()
      assert.isFalse(inbox.push(bytes("three")))
      assert.deepStrictEqual((yield* inbox.take).map(String), ["one"])
      const message = "closed: the other side closed the connection in the middle of a frame"
      assert.strictEqual((yield* failed(inbox.take)).message, message)
      assert.strictEqual((yield* failed(inbox.take)).message, message)
      assert.strictEqual(ends, 1)
    }))

  it.effect("two takers at a time are a defect", () =>
    Effect.gen(function*() {
      const inbox = new Inbox(LIMITS, () => {})
      yield* Effect.forkChild(inbox.take, { startImmediately: true })
      const exit = yield* Effect.exit(inbox.take)
      assert.isTrue(Exit.hasDies(exit))
    }))
})
