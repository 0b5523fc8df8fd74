// A small run with each run of the tests; `npm run torture -- callbacks` does four million.
import { assert, describe, it } from "@effect/vitest"
import * as Callbacks from "./Callbacks.ts"

describe("callbacks", () => {
  it("run once each, in order, and every byte comes back", { timeout: 60_000 }, async () => {
    const { problems } = await Callbacks.run(40_000)
    assert.deepStrictEqual(problems, [])
  })
})
