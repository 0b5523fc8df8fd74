// A few rounds of the torture of compaction with each run of the tests; `npm run torture -- compaction`
// runs many.
import { assert, describe, it } from "@effect/vitest"
import { hasConfluent, hasKcat } from "../interop/BrokerProcess.ts"
import * as Compaction from "./Compaction.ts"

describe.skipIf(!hasKcat || !hasConfluent)("compaction (needs kcat, confluent-kafka)", () => {
  it("killed half way loses nothing and leaves nothing", { timeout: 120_000 }, async () => {
    const seed = Date.now() % 1_000_000
    const { problems, summary } = await Compaction.run(2, seed)
    assert.deepStrictEqual(problems, [], `seed ${seed}: ${summary}`)
  })
})
