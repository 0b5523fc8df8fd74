// The end of many updates, in small; `npm run torture -- compaction --updates 1000000` is the large one.
import { assert, describe, it } from "@effect/vitest"
import { hasKcat } from "../interop/BrokerProcess.ts"
import * as CompactionUpdates from "./CompactionUpdates.ts"

describe.skipIf(!hasKcat)("many updates of few keys (needs kcat)", () => {
  it("end as the last value of each", { timeout: 120_000 }, async () => {
    const { problems, summary } = await CompactionUpdates.run(200_000)
    assert.deepStrictEqual(problems, [], summary)
  })
})
