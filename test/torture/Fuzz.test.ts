// Some of the fuzz run with each run of the tests; `npm run torture -- fuzz` sends many more frames.
import { assert, describe, it } from "@effect/vitest"
import * as Fuzz from "./Fuzz.ts"

describe("fuzz", () => {
  it("leaves the broker unharmed and others served", { timeout: 120_000 }, async () => {
    const seed = Date.now() % 1_000_000
    const result = await Fuzz.run(2000, seed)
    assert.isTrue(Fuzz.isRight(result), `seed ${seed}: ${JSON.stringify(result)}`)
  })
})
