// How records are printed, by kcat's formats and as JSON.
import { assert, describe, it } from "@effect/vitest"
import * as RecordText from "../../../../src/runtime/cli/consume/RecordText.ts"
import type { ConsumerRecord } from "../../../../src/runtime/client/consumer/ConsumerRecord.ts"

const record = (fields: Partial<ConsumerRecord> = {}): ConsumerRecord => ({
  topic: "orders",
  partition: 3,
  offset: 42,
  leaderEpoch: 0,
  timestampMs: 1000,
  key: Buffer.from("k"),
  value: Buffer.from("v€"),
  valueBytes: 4,
  headers: [],
  ...fields
} as ConsumerRecord)

const NOTHING = record({ key: null, value: null })

const printed = (print: RecordText.Print, of: ConsumerRecord): Buffer => {
  const out: Array<string | Uint8Array> = []
  print(of, out)
  return Buffer.concat(out.map((part) => Buffer.from(part)))
}

const formatted = (format: string, of = record()): string =>
  printed(RecordText.format(format)!, of).toString()

describe("a format", () => {
  it("names the parts of a record", () => {
    assert.strictEqual(formatted("%t-%p@%o %T %k=%s"), "orders-3@42 1000 k=v€")
    assert.strictEqual(formatted("%K %S"), "1 4")
    assert.strictEqual(formatted("%K %S|%k|%s|", NOTHING), "-1 -1|||")
    const headers = [
      { key: "a", value: Buffer.from("1") },
      { key: "b", value: null }
    ]
    assert.strictEqual(formatted("%h", record({ headers })), "a=1,b=NULL")
  })

  it("has escapes, and text as it is", () => {
    assert.strictEqual(formatted("a\\tb\\n\\\\\\x41%%"), "a\tb\n\\A%")
    assert.strictEqual(formatted(""), "")
    assert.strictEqual(formatted("über %s"), "über v€")
  })

  it("prints bytes as they are", () => {
    const value = Buffer.from([0xff, 0x00, 0x80])
    assert.deepStrictEqual(printed(RecordText.format("%s")!, record({ value })), value)
  })

  it("has no other tokens", () => {
    for (const text of ["%q", "%", "\\q", "\\", "100%"]) {
      assert.isUndefined(RecordText.format(text), text)
    }
  })
})

describe("JSON", () => {
  const json = (of: ConsumerRecord): unknown => {
    const line = printed(RecordText.json, of).toString()
    assert.match(line, /^[^\n]+\n$/)
    return JSON.parse(line)
  }

  it("is a line with what a record holds", () => {
    assert.deepStrictEqual(json(record()), {
      topic: "orders",
      partition: 3,
      offset: 42,
      timestamp: 1000,
      key: "k",
      value: "v€"
    })
    assert.deepInclude(json(NOTHING) as object, { key: null, value: null } as object)
  })

  it("marks bytes that are no text, and gathers headers of one name", () => {
    const headers = [
      { key: "a", value: Buffer.from("1") },
      { key: "b", value: Buffer.from([0xff]) },
      { key: "a", value: null }
    ]
    const told = json(record({ value: Buffer.from([0xff, 0x00]), headers }))
    assert.deepInclude(
      told as object,
      { value: { base64: "/wA=" }, headers: { a: ["1", null], b: { base64: "/w==" } } } as object
    )
  })
})
