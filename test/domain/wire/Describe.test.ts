// Rows tell a field's versions, nulls and tags over all versions of its message.
import { assert, describe, it } from "@effect/vitest"
import * as Describe from "../../../src/domain/wire/Describe.ts"
import * as VersionRange from "../../../src/domain/wire/VersionRange.ts"
import * as Wire from "../../../src/domain/wire/Wire.ts"

const Sample = Wire.Struct({
  name: Wire.NullableString.annotate({ description: "A name." }).pipe(Wire.nullable("2+")),
  gone: Wire.Int8.pipe(Wire.versions("0", 0)),
  items: Wire.ArrayOf(Wire.Struct({
    late: Wire.Boolean.pipe(Wire.since(3, false)),
    tags: Wire.ArrayOf(Wire.Uuid)
  })).pipe(Wire.since(1, [])),
  hint: Wire.NullableStruct({ at: Wire.Float64 }).pipe(Wire.tagged(5, "2+", null))
})

describe("Describe", () => {
  it("gives a row for each field, those inside after their own, within the versions declared", () => {
    const text = Describe.rows(Sample, VersionRange.parse("1-3")).map((row) =>
      [row.depth, row.name, row.type, row.versions, row.nullable, row.tag, row.absent].join(" | ")
    )
    assert.deepStrictEqual(text, [
      "0 | name | string | 1-3 | 2-3 |  | ",
      "0 | items | []struct | 1-3 |  |  | ",
      "1 | late | boolean | 3 |  |  | false",
      "1 | tags | []uuid | 1-3 |  |  | ",
      "0 | hint | struct | 2-3 | 2-3 | 5 (2-3) | null",
      "1 | at | float64 | 2-3 |  |  | "
    ])
  })

  it("carries descriptions", () => {
    const [name] = Describe.rows(Sample, VersionRange.parse("0-3"))
    assert.strictEqual(name?.description, "A name.")
  })
})
