// npm run interop:cooperative [-- --rate 100]
//
// What a rebalance costs those it does not concern: 3 members of librdkafka share 12 partitions, a
// producer writes into each at a steady rate, a fourth joins; once with cooperative-sticky, once with
// range (eager), and both again with frequent refreshes of metadata (HandOver.ts says why). Printed for
// each member is what was revoked and what it kept, and for the partitions the largest gap between
// deliveries around the rebalance. What fails it is not time: with cooperative-sticky a partition that
// did not move must neither be revoked nor fall silent while the group rebalances.
// MYMQ_TEST_BROKER=HOST:PORT takes another broker.
import { parseArgs } from "node:util"
import { BrokerProcess } from "./BrokerProcess.ts"
import * as HandOver from "./HandOver.ts"

const { values } = parseArgs({ options: { rate: { type: "string", default: "100" } } })
const outer = process.env["MYMQ_TEST_BROKER"]
const broker = outer === undefined
  ? await BrokerProcess.start({ "group.initial.rebalance.delay.ms": "0" })
  : undefined
const bootstrap = broker?.address() ?? outer!
let problems: ReadonlyArray<string> = []
try {
  const rate = Number(values.rate)
  for (const metadataRefreshMs of [300_000, 50]) {
    for (const assignor of ["cooperative-sticky", "range"]) {
      const result = await HandOver.run({ bootstrap, assignor, rate, metadataRefreshMs })
      console.log(result.report)
      problems = [...problems, ...result.problems]
    }
  }
} finally {
  await broker?.dispose()
}
for (const problem of problems) console.log(`problem: ${problem}`)
console.log(problems.length === 0 ? "right" : "WRONG")
process.exitCode = problems.length === 0 ? 0 : 1
