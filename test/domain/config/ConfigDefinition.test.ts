// What is wrong with a value is told in one sentence with what is allowed.
import { assert, describe, it } from "@effect/vitest"
import {
  check,
  type ConfigDefinition,
  define,
  LONG_MAX,
  toBoolean,
  toList,
  toNumber,
  type TypeName
} from "../../../src/domain/config/ConfigDefinition.ts"

const a = (type: TypeName, special: Partial<ConfigDefinition> = {}): ConfigDefinition =>
  define(type, "x", null, "Something.", special)

describe("check allows", () => {
  const good: ReadonlyArray<readonly [ConfigDefinition, string]> = [
    [a("BOOLEAN"), "TRUE"],
    [a("BOOLEAN"), " false "],
    [a("INT"), "2147483647"],
    [a("INT"), "-2147483648"],
    [a("INT"), "+5"],
    [a("SHORT"), "-32768"],
    [a("LONG"), LONG_MAX],
    [a("LONG"), " 7 "],
    [a("DOUBLE"), "1.7976931348623157E308"],
    [a("DOUBLE"), ".5"],
    [a("INT", { min: -1 }), "-1"],
    [a("DOUBLE", { min: 0, max: 1 }), "1"],
    [a("INT", { oneOf: ["-1", "1"] }), "-1"],
    [a("STRING", { oneOf: ["gzip"] }), "gzip"],
    [a("STRING"), ""],
    [a("LIST", { oneOf: ["delete", "compact"] }), "compact, delete"],
    [a("LIST", { oneOf: ["delete"] }), ""]
  ]
  for (const [definition, text] of good) {
    it(`${definition.type} ${JSON.stringify(text)}`, () => {
      assert.strictEqual(check(definition, text), undefined)
    })
  }
})

describe("check refuses", () => {
  const bad: ReadonlyArray<readonly [ConfigDefinition, string, string]> = [
    [a("BOOLEAN"), "yes", "it must be true or false"],
    [a("BOOLEAN", { oneOf: ["false"] }), "true", "it must be false"],
    [a("INT"), "", "it must be a whole number"],
    [a("INT"), "1.5", "it must be a whole number"],
    [a("INT"), "0x10", "it must be a whole number"],
    [a("INT"), "1e3", "it must be a whole number"],
    [a("DOUBLE"), "much", "it must be a number"],
    [a("INT"), "2147483648", "it must be between -2147483648 and 2147483647"],
    [a("SHORT"), "32768", "it must be between -32768 and 32767"],
    [
      a("LONG"),
      "9223372036854775808",
      "it must be between -9223372036854775808 and 9223372036854775807"
    ],
    [a("INT", { min: 1 }), "2147483648", "it must be between 1 and 2147483647"],
    [a("LONG", { min: -1 }), "-2", "it must be at least -1"],
    [a("INT", { max: 9 }), "10", "it must be at most 9"],
    [a("DOUBLE", { min: 0, max: 1 }), "2.0", "it must be between 0 and 1"],
    [a("INT", { oneOf: ["-1", "1"] }), "0", "it must be one of -1, 1"],
    [a("STRING", { oneOf: ["gzip", "lz4"] }), "brotli", "it must be one of gzip, lz4"],
    [a("STRING", { oneOf: ["PEM"], advice: "convert it" }), "JKS", "it must be PEM; convert it"],
    [a("LIST", { oneOf: ["a", "b"] }), "a,c", "each of its elements must be one of a, b"]
  ]
  for (const [definition, text, wanted] of bad) {
    it(`${definition.type} ${JSON.stringify(text)}: ${wanted}`, () => {
      assert.strictEqual(
        check(definition, text),
        `Invalid value ${JSON.stringify(text)} for configuration x: ${wanted}`
      )
    })
  }

  it("a password without telling it", () => {
    assert.notInclude(check(a("PASSWORD", { oneOf: ["other"] }), "secret"), "secret")
  })
})

describe("texts become values", () => {
  it("numbers that no clock or disk reaches become the largest that is exact", () => {
    assert.strictEqual(toNumber(LONG_MAX), Number.MAX_SAFE_INTEGER)
    assert.strictEqual(toNumber(" -1 "), -1)
    assert.strictEqual(toNumber("0.5"), 0.5)
  })

  it("lists lose spaces and empty elements", () => {
    assert.deepStrictEqual(toList(" a , b,,c, "), ["a", "b", "c"])
    assert.deepStrictEqual(toList(" "), [])
  })

  it("booleans have no case", () => {
    assert.isTrue(toBoolean(" True"))
    assert.isFalse(toBoolean("false"))
  })
})
