// Writing what was asked for: the reader is waited for, one that has gone ends the program quietly, and
// one that cannot take more is told of.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Writable } from "node:stream"
import * as Output from "../../../src/runtime/cli/Output.ts"

/** Takes each chunk when `next` is called, with an error if one is given. */
class SlowReader extends Writable {
  readonly taken: Array<string> = []
  private waiting: (() => void) | undefined
  private readonly error: NodeJS.ErrnoException | undefined

  constructor(code?: string) {
    super({ highWaterMark: 10 })
    this.error = code === undefined ? undefined : Object.assign(new Error(code), { code })
  }

  override _write(chunk: Buffer, _: string, done: (error?: Error) => void): void {
    this.waiting = () => {
      this.taken.push(String(chunk))
      done(this.error)
    }
  }

  next(): void {
    this.waiting?.()
  }
}

const settled = Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))

describe("write", () => {
  it.live("waits for a reader that is slower", () =>
    Effect.gen(function*() {
      const reader = new SlowReader()
      let lines = 0
      const program = Effect.forEach([1, 2, 3], (i) =>
        Effect.andThen(Output.line(`0123456789 ${i}`), Effect.sync(() => lines++)))
      const fiber = yield* Effect.forkChild(
        Effect.provide(program, Output.layerOf(reader, false)),
        { startImmediately: true }
      )
      for (let taken = 0; taken < 3; taken++) {
        yield* settled
        assert.strictEqual(lines, taken)
        reader.next()
      }
      yield* Effect.sync(() =>
        fiber.pollUnsafe()
      ).pipe(
        Effect.andThen(settled),
        Effect.repeat({ until: () => fiber.pollUnsafe() !== undefined })
      )
      assert.deepStrictEqual(reader.taken, ["0123456789 1\n", "0123456789 2\n", "0123456789 3\n"])
    }))

  it.live("ends a program quietly, its scope closed, when nobody reads any more", () =>
    Effect.gen(function*() {
      const reader = new SlowReader("EPIPE")
      let isReleased = false
      const program = Output.line("one").pipe(
        Effect.andThen(Effect.sync(() => setImmediate(() => reader.next()))),
        Effect.andThen(Effect.never),
        Effect.ensuring(Effect.sync(() => {
          isReleased = true
        }))
      )
      yield* Effect.provide(Output.whileRead(program), Output.layerOf(reader, false))
      assert.isTrue(isReleased)
    }))

  it.live("fails with a sentence when the reader cannot take more", () =>
    Effect.gen(function*() {
      const reader = new SlowReader("ENOSPC")
      const program = Effect.andThen(
        Effect.sync(() => setImmediate(() => reader.next())),
        Output.line("longer than ten bytes")
      )
      const error = yield* Effect.flip(Effect.provide(program, Output.layerOf(reader, false)))
      assert.strictEqual(error.message, "the output cannot be written: ENOSPC")
    }))
})
