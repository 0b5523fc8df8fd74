// Cold start of `node dist/main.js` to the first metadata answer, in CPU and in wall time, and what it
// then holds in memory.
import * as Bench from "../../Bench.ts"
import * as KafkaFrames from "../../versus/KafkaFrames.ts"
import * as Programs from "../../versus/Programs.ts"
import { RawClient } from "../../versus/RawClient.ts"

const ROUNDS = Bench.parameter("ROUNDS", 1, 9)

const samples: Array<{ readonly cpu: number; readonly wall: number; readonly resident: number }> =
  []
for (let round = 0; round < ROUNDS; round++) {
  const start = performance.now()
  const program = await Programs.broker()
  const client = await RawClient.connect(program.port)
  await client.request(KafkaFrames.metadata("first"))
  const wall = (performance.now() - start) / 1000
  samples.push({
    cpu: Bench.cpuSeconds(program.pid),
    wall,
    resident: Bench.residentMegabytes(program.pid)
  })
  client.close()
  await program.stop()
}

console.log(Bench.table([{
  "start CPU s": Bench.median(samples.map(({ cpu }) => cpu)),
  "start wall s": Bench.median(samples.map(({ wall }) => wall)),
  "idle RSS MB": Bench.median(samples.map(({ resident }) => resident))
}]))
