// When syncs are made on the calling stack: of one file, on a device that has been quick lately.
import { assert, describe, it } from "@effect/vitest"
import { SyncPace } from "../../../src/layers/disk/SyncPace.ts"

const file = {}
const other = {}

/** How many such syncs it needs before the next is on the stack; at most a thousand. */
const syncsUntilQuick = (pace: SyncPace, tookMs: number): number => {
  let count = 0
  while (count < 1000 && !pace.isQuick(file)) {
    pace.throughPool(file, tookMs)
    count++
  }
  return count
}

describe("SyncPace", () => {
  it("waits on the stack for a device that has shown that it is quick", () => {
    const pace = new SyncPace()
    assert.isFalse(pace.isQuick(file))
    const syncs = syncsUntilQuick(pace, 0.2)
    assert.isTrue(syncs >= 8 && syncs < 40, `${syncs}`)
    assert.strictEqual(syncsUntilQuick(new SyncPace(), 1.3), 1000)
  })

  it("stays away from the stack the longer, the longer a sync took", () => {
    const pace = new SyncPace()
    const after = [10, 40, 200].map((tookMs) => {
      for (let i = 0; i < 100; i++) pace.throughPool(file, 0.2)
      pace.throughPool(file, tookMs)
      return syncsUntilQuick(pace, 0.2)
    })
    const [short, long, longest] = after as [number, number, number]
    assert.isTrue(short === 0 && short < long && long < longest && longest < 100, after.join())
  })

  it("leaves it when another file is used, until this one is alone again", () => {
    for (
      const use of [
        (pace: SyncPace) => pace.used(other),
        (pace: SyncPace) => pace.onStack(other, 0.1)
      ]
    ) {
      const pace = new SyncPace()
      syncsUntilQuick(pace, 0.2)
      pace.used(file)
      assert.isTrue(pace.isQuick(file))
      use(pace)
      assert.isFalse(pace.isQuick(file))
      assert.isFalse(pace.isQuick(other))
      assert.strictEqual(syncsUntilQuick(pace, 0.2), 8)
    }
  })
})
