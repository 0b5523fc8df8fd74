// What lines of input mean as records.
import { assert, describe, it } from "@effect/vitest"
import * as RecordFormat from "../../../../src/runtime/cli/produce/RecordFormat.ts"

const DEFAULTS: RecordFormat.LineOptions = {
  topic: "orders",
  partition: undefined,
  key: undefined,
  keySeparator: undefined,
  headers: [],
  emptyIsNull: false
}

/** Keys and values of a record as text; or why the line is none. */
const parsed = (parse: RecordFormat.Parse, line: string) => {
  const record = parse(Buffer.from(line))
  return typeof record === "string" ? record : [text(record.key ?? null), text(record.value)]
}

const text = (bytes: Uint8Array | string | null) => bytes === null ? null : String(bytes)

describe("a line", () => {
  it("is a value", () => {
    const parse = RecordFormat.lines(DEFAULTS)
    assert.deepStrictEqual(parsed(parse, "a:b"), [null, "a:b"])
    assert.deepStrictEqual(parsed(parse, ""), [null, ""])
  })

  it("has the key that all have, or one of its own before the first separator", () => {
    const all = RecordFormat.lines({ ...DEFAULTS, key: "k" })
    assert.deepStrictEqual(parsed(all, "a:b"), ["k", "a:b"])
    const own = RecordFormat.lines({ ...DEFAULTS, key: "k", keySeparator: "::" })
    assert.deepStrictEqual(parsed(own, "a::b::c"), ["a", "b::c"])
    assert.deepStrictEqual(parsed(own, "::b"), ["", "b"])
    assert.strictEqual(parsed(own, "a:b"), "has no key: there is no \"::\" in it")
  })

  it("may be no value when it is empty", () => {
    const parse = RecordFormat.lines({ ...DEFAULTS, keySeparator: ":", emptyIsNull: true })
    assert.deepStrictEqual(parsed(parse, "gone:"), ["gone", null])
  })
})

describe("a JSON line", () => {
  const parse = RecordFormat.json({
    ...DEFAULTS,
    key: "k",
    partition: 2,
    headers: [["all", Buffer.from("x")]]
  })

  it("says what a record has, and leaves the rest to what all have", () => {
    const record = parse(Buffer.from(JSON.stringify({
      key: "own",
      value: "v",
      partition: 1,
      timestamp: 1000,
      headers: { a: "1", none: null, object: { b: 2 } }
    })))
    if (typeof record === "string") return assert.fail(record)
    assert.deepStrictEqual([record.key, record.value], ["own", "v"])
    assert.deepStrictEqual([record.partition, record.timestampMs], [1, 1000])
    assert.deepStrictEqual(record.headers!.map(([name, value]) => [name, text(value)]), [
      ["all", "x"],
      ["a", "1"],
      ["none", null],
      ["object", "{\"b\":2}"]
    ])
    const short = parse(Buffer.from("{\"value\":\"v\"}"))
    if (typeof short === "string") return assert.fail(short)
    assert.deepStrictEqual([short.key, short.partition], ["k", 2])
  })

  it("sends what is no string as JSON, and null as nothing", () => {
    assert.deepStrictEqual(parsed(parse, "{\"key\":7,\"value\":{\"a\":[1]}}"), ["7", "{\"a\":[1]}"])
    assert.deepStrictEqual(parsed(parse, "{\"key\":null,\"value\":null}"), [null, null])
  })

  it("is told what is wrong with it", () => {
    const wrong: ReadonlyArray<readonly [string, string]> = [
      ["{", "is no JSON"],
      ["[1]", "is no JSON object"],
      ["null", "is no JSON object"],
      ["{\"key\":1}", "has no field \"value\""],
      ["{\"value\":1,\"vlaue\":2}", "has a field \"vlaue\", which records do not have"],
      ["{\"value\":1,\"partition\":-1}", "has a partition that is none"],
      ["{\"value\":1,\"timestamp\":\"now\"}", "has a timestamp that is none"],
      ["{\"value\":1,\"headers\":[]}", "has headers that are no object"]
    ]
    for (const [line, why] of wrong) assert.strictEqual(parsed(parse, line), why, line)
  })
})
