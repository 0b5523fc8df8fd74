// The traceparent header: the standard's examples, and what it calls invalid.
import { assert, describe, it } from "@effect/vitest"
import * as Record from "../../../src/domain/record/Record.ts"
import { RecordBatchBuilder } from "../../../src/domain/record/RecordBatchBuilder.ts"
import * as TraceContext from "../../../src/domain/record/TraceContext.ts"

const TRACE = "0af7651916cd43dd8448eb211c80319c"
const SPAN = "b7ad6b7169203331"
const sampled = { traceId: TRACE, spanId: SPAN, isSampled: true }

describe("a traceparent", () => {
  it("names a trace, a span, and whether it is recorded", () => {
    assert.deepStrictEqual(TraceContext.parse(`00-${TRACE}-${SPAN}-01`), sampled)
    assert.isFalse(TraceContext.parse(`00-${TRACE}-${SPAN}-00`)!.isSampled)
    assert.isTrue(TraceContext.parse(`00-${TRACE}-${SPAN}-03`)!.isSampled)
  })

  it("is written as it is read", () => {
    for (const text of [`00-${TRACE}-${SPAN}-01`, `00-${TRACE}-${SPAN}-00`]) {
      assert.strictEqual(TraceContext.format(TraceContext.parse(text)!), text)
    }
  })

  it("of a later version may have more behind it, which is passed over", () => {
    assert.deepStrictEqual(TraceContext.parse(`cc-${TRACE}-${SPAN}-01`), sampled)
    assert.deepStrictEqual(TraceContext.parse(`cc-${TRACE}-${SPAN}-01-what.else`), sampled)
  })

  it("is absent when it is invalid", () => {
    const invalid = [
      "",
      `ff-${TRACE}-${SPAN}-01`,
      `00-${TRACE}-${SPAN}-01-more`,
      `cc-${TRACE}-${SPAN}-01.more`,
      `00-${TRACE.toUpperCase()}-${SPAN}-01`,
      `00-${"0".repeat(32)}-${SPAN}-01`,
      `00-${TRACE}-${"0".repeat(16)}-01`,
      `00-${TRACE.slice(1)}-${SPAN}-01`,
      `00-${TRACE}-${SPAN}-1`,
      `00-${TRACE}-${SPAN}`
    ]
    for (const text of invalid) assert.isUndefined(TraceContext.parse(text), text)
  })

  it("travels in a record's headers, where the last one counts", () => {
    const builder = new RecordBatchBuilder({ bytesMax: 1000 })
    builder.append(0, null, null, [
      ["traceparent", Buffer.from(`00-${"1".repeat(32)}-${SPAN}-01`)],
      ["other", Buffer.from("x")],
      [TraceContext.TRACEPARENT, Buffer.from(TraceContext.format(sampled))]
    ])
    builder.append(0, null, null, [["traceparent", null]])
    const [traced, untraced] = Record.ofBatch(builder.seal({}), 0)
    assert.deepStrictEqual(TraceContext.fromHeaders(traced!.headers), sampled)
    assert.isUndefined(TraceContext.fromHeaders(untraced!.headers))
    assert.isUndefined(TraceContext.fromHeaders([]))
  })
})
