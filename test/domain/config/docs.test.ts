// docs/configuration.md is what `npm run docs` would write.
import { assert, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"
import { render } from "../../../scripts/config-docs.ts"

it("docs/configuration.md is up to date (npm run docs)", () => {
  const file = path.join(import.meta.dirname, "../../../docs/configuration.md")
  assert.strictEqual(fs.readFileSync(file, "utf8"), render())
})
