// Every bench runs through in smoke mode, so that none rots; its figures mean nothing then.
import { assert, describe, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { promisify } from "node:util"

const root = path.join(import.meta.dirname, "..")
const benches = fs.readdirSync(path.join(root, "bench"), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".bench.ts"))
  .map((file) => path.basename(file, ".bench.ts"))

// They read CPU and memory from /proc.
describe.skipIf(process.platform !== "linux")("benches", () => {
  for (const name of benches) {
    it(`${name} prints a table`, { timeout: 60_000 }, async () => {
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [path.join(root, "bench", "run.ts"), name],
        { cwd: root, env: { ...process.env, BENCH_SMOKE: "1" } }
      )
      assert.match(stdout, /\| -+ \|/)
    })
  }
})
