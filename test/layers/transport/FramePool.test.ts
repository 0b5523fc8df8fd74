// The pool hands out no memory twice, bounds what it keeps, and wastes little.
import { assert, describe, it } from "@effect/vitest"
import { classOf, FramePool } from "../../../src/layers/transport/FramePool.ts"

describe("FramePool", () => {
  it("lends again what came back, once", () => {
    const pool = new FramePool()
    const first = pool.allocate(65_600)
    pool.release(first)
    pool.release(first)
    const second = pool.allocate(70_000)
    const third = pool.allocate(70_000)
    assert.strictEqual(second.length, 70_000)
    assert.strictEqual(second.buffer, first.buffer)
    assert.notStrictEqual(third.buffer, first.buffer)
  })

  it("leaves alone what it did not lend", () => {
    const pool = new FramePool()
    pool.release(Buffer.allocUnsafeSlow(65_536))
    pool.release(pool.allocate(1_000))
    pool.release(pool.allocate(50_000_000))
    assert.strictEqual(pool.idleBytes, 0)
  })

  it("keeps a bounded amount idle", () => {
    const pool = new FramePool()
    const frames = Array.from({ length: 40 }, () => pool.allocate(1_048_576))
    for (const frame of frames) pool.release(frame)
    assert.strictEqual(pool.idleBytes, 16 * 1_048_576)
    pool.allocate(1_048_576)
    assert.strictEqual(pool.idleBytes, 15 * 1_048_576)
  })

  it("has classes that fit and waste at most a fifth", () => {
    for (let size = 32_768; size <= 4_194_304; size = Math.ceil(size * 1.01)) {
      for (const exact of [size, classOf(size)]) {
        assert.isAtLeast(classOf(exact), exact)
        assert.isBelow(classOf(exact) - exact, classOf(exact) / 5)
      }
      assert.strictEqual(classOf(classOf(size)), classOf(size))
    }
  })
})
