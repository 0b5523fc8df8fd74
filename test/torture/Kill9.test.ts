// A few rounds of the kill -9 loop with each run of the tests; `npm run torture:kill9` runs many.
import { assert, describe, it } from "@effect/vitest"
import { hasConfluent } from "../interop/BrokerProcess.ts"
import * as Kill9 from "./Kill9.ts"

describe.skipIf(!hasConfluent)("kill -9 (needs python3-confluent-kafka)", () => {
  it("loses nothing that was acknowledged", { timeout: 120_000 }, async () => {
    const seed = Date.now() % 1_000_000
    const result = await Kill9.run(3, seed)
    assert.isTrue(result.isRight, `seed ${seed}: ${result.summary}`)
  })
})
