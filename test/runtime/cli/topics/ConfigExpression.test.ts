// Changes of settings as people type them.
import { assert, describe, it } from "@effect/vitest"
import { parse } from "../../../../src/runtime/cli/topics/ConfigExpression.ts"

describe("a change", () => {
  it("sets, goes back to the default, and edits lists", () => {
    const name = "cleanup.policy"
    assert.deepStrictEqual(parse("cleanup.policy=compact"), {
      name,
      operation: "set",
      value: "compact"
    })
    assert.deepStrictEqual(parse("cleanup.policy-"), { name, operation: "delete" })
    assert.deepStrictEqual(parse("cleanup.policy+=compact"), {
      name,
      operation: "append",
      value: "compact"
    })
    assert.deepStrictEqual(parse("cleanup.policy-=delete"), {
      name,
      operation: "subtract",
      value: "delete"
    })
  })

  it("may set nothing, and values with signs in them", () => {
    assert.deepStrictEqual(parse("a="), { name: "a", operation: "set", value: "" })
    assert.deepStrictEqual(parse("a=b=c-"), { name: "a", operation: "set", value: "b=c-" })
    assert.deepStrictEqual(parse("retention.ms=-1"), {
      name: "retention.ms",
      operation: "set",
      value: "-1"
    })
  })

  it("is nothing else", () => {
    for (const text of ["", "a", "=b", "-", "a b=c", "a+", "+=b", "a--"]) {
      assert.isUndefined(parse(text), text)
    }
  })
})
