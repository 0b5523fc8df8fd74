// When writes leave the calling stack, and when they come back to it.
import { assert, describe, it } from "@effect/vitest"
import { WriteStalls } from "../../../src/layers/disk/WriteStalls.ts"

const times = (count: number, run: () => void): void => {
  for (let i = 0; i < count; i++) run()
}

describe("WriteStalls", () => {
  it("stays on the stack while writes there are quick", () => {
    const stalls = new WriteStalls()
    times(100, () => stalls.onStack(0.02))
    assert.isFalse(stalls.isStalled)
  })

  it("leaves it for a slow one, and comes back after some quick ones in a row", () => {
    const stalls = new WriteStalls()
    stalls.onStack(20)
    assert.isTrue(stalls.isStalled)
    times(3, () => stalls.throughPool(0.2))
    assert.isTrue(stalls.isStalled)
    stalls.throughPool(50)
    times(3, () => stalls.throughPool(0.2))
    assert.isTrue(stalls.isStalled)
    stalls.throughPool(0.2)
    assert.isFalse(stalls.isStalled)
  })

  it("leaves it when a large one, which always goes through the pool, was slow", () => {
    const stalls = new WriteStalls()
    stalls.throughPool(20)
    assert.isTrue(stalls.isStalled)
  })
})
