// Java's properties files, by the rules of java.util.Properties.load.
import { assert, describe, it } from "@effect/vitest"
import { parse } from "../../../src/domain/config/Properties.ts"

const cases: ReadonlyArray<readonly [string, string, Record<string, string>]> = [
  ["names and values", "a=1\nb=2", { a: "1", b: "2" }],
  ["an equals sign, a colon or a space between them", "a=1\nb:2\nc 3", { a: "1", b: "2", c: "3" }],
  ["spaces around the separator", "  a \t=  1", { a: "1" }],
  ["one separator only: the rest is the value", "a = =1\nb::2", { a: "=1", b: ":2" }],
  ["spaces at the end of a value", "a=1  ", { a: "1  " }],
  ["values with separators", "l=PLAINTEXT://:9092,SSL://:9093", {
    l: "PLAINTEXT://:9092,SSL://:9093"
  }],
  ["comments and empty lines", "# a=1\n  ! b=2\n\n \t\nc=3", { c: "3" }],
  ["a sign of comment inside a value", "a=1 # one", { a: "1 # one" }],
  ["names without a value", "a\nb=", { a: "", b: "" }],
  ["the last of two lines", "a=1\na=2", { a: "2" }],
  ["every ending of lines", "a=1\r\nb=2\rc=3\n", { a: "1", b: "2", c: "3" }],
  ["lines that go on", "a=1,\\\n    2,\\\r\n\t3\nb=4", { a: "1,2,3", b: "4" }],
  ["a comment's sign in a line that goes on", "a=1\\\n#2", { a: "1#2" }],
  ["a comment does not go on", "# a\\\nb=1", { b: "1" }],
  ["an even number of backslashes does not go on", "a=1\\\\\nb=2", { a: "1\\", b: "2" }],
  ["a backslash at the very end", "a=1\\", { a: "1" }],
  ["escapes", "a=\\t\\n\\r\\f\\\\\\q", { a: "\t\n\r\f\\q" }],
  ["escaped separators in a name", "a\\=b\\:c\\ d=1", { "a=b:c d": "1" }],
  ["code points", "a=\\u00e9\\u20AC", { a: "é€" }],
  ["a leading space that is escaped", "a=\\ 1", { a: " 1" }],
  ["nothing", "", {}]
]

describe("a properties file has", () => {
  for (const [what, text, expected] of cases) {
    it(what, () => assert.deepStrictEqual({ ...parse(text) }, expected))
  }

  it("names that mean something to JavaScript", () => {
    assert.deepStrictEqual(Object.keys(parse("__proto__=1\nconstructor=2")), [
      "__proto__",
      "constructor"
    ])
  })
})
