// A few rounds of killing the broker amid commits with each run of the tests; `npm run torture --
// commits` runs many.
import { assert, describe, it } from "@effect/vitest"
import { hasConfluent } from "../interop/BrokerProcess.ts"
import * as CommitKill9 from "./CommitKill9.ts"

describe.skipIf(!hasConfluent)("kill -9 amid commits (needs python3-confluent-kafka)", () => {
  it("neither loses an acknowledged offset nor goes back", { timeout: 120_000 }, async () => {
    const seed = Date.now() % 1_000_000
    const result = await CommitKill9.run(2, seed)
    const told = [`seed ${seed}: ${result.summary}`, ...result.problems]
    assert.isTrue(result.isRight, told.join("\n"))
  })
})
