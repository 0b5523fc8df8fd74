// The commands that README.md shows, run one after the other as they stand there.
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { BrokerProcess } from "../../interop/BrokerProcess.ts"
import * as Mymq from "../../world/Mymq.ts"

const readme = fs.readFileSync(path.join(import.meta.dirname, "../../../README.md"), "utf8")
const [section] = readme.split("## On the command line")[1]!.split("\n## ")
const commands = section!.split("\n").filter((line) => line.startsWith("    "))
  .map((line) => line.trim())

let broker: BrokerProcess
beforeAll(async () => {
  broker = await BrokerProcess.start()
})
afterAll(() => broker.dispose())

const shell = (command: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const env = { ...process.env, FORCE_COLOR: "", MYMQ_BOOTSTRAP: broker.address() }
    const mymq = `mymq() { "${process.execPath}" "${Mymq.main}" "$@"; }`
    execFile("bash", ["-c", `${mymq}\n${command}`], { env }, (error, stdout, stderr) => {
      if (error === null && stderr === "") resolve(stdout)
      else reject(new Error(`${command}: ${stderr}`))
    })
  })

describe("the commands of the README", () => {
  it("do what is said of them, in that order", async () => {
    assert.isAtLeast(commands.length, 10)
    const said = new Map<string, string>()
    for (const command of commands) said.set(command, await shell(command))
    const of = (start: string) => said.get(commands.find((command) => command.startsWith(start))!)!
    assert.include(of("seq 1000"), "1000 records produced")
    assert.match(of("mymq consume orders --from -2"), /^\d\/\d+ \d+$/m)
    assert.strictEqual(of("mymq consume orders --group").split("\n").length, 901)
    assert.match(of("mymq groups lag"), /billing: \w+, 0 members, 100 records behind/)
    assert.deepInclude(JSON.parse(of("mymq cluster info")), { topics: 1 })
  })
})
