// PROTOCOL.md says what the declarations say.
import { assert, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as Docs from "../../../scripts/protocol-docs.ts"

it("PROTOCOL.md is what `npm run docs` writes", () => {
  assert.strictEqual(fs.readFileSync(Docs.PATH, "utf8"), Docs.render(Docs.served))
})
