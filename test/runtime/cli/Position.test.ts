// Positions as people type them.
import { assert, describe, it } from "@effect/vitest"
import * as Position from "../../../src/runtime/cli/Position.ts"

describe("a position", () => {
  it("is an end of the log, an offset, or so many records before the end", () => {
    assert.deepStrictEqual(Position.parse("start"), { _tag: "Start" })
    assert.deepStrictEqual(Position.parse("end"), { _tag: "End" })
    assert.deepStrictEqual(Position.parse("1234"), { _tag: "Offset", offset: 1234 })
    assert.deepStrictEqual(Position.parse("0"), { _tag: "Offset", offset: 0 })
    assert.deepStrictEqual(Position.parse("-10"), { _tag: "Last", records: 10 })
  })

  it("is a time, said as how long ago, as a date, or in milliseconds", () => {
    const minute = 60_000
    const ago: ReadonlyArray<readonly [string, number]> = [
      ["@500ms", 500],
      ["@30s", 30_000],
      ["@10m", 10 * minute],
      ["@1h30m", 90 * minute],
      ["@2d", 2 * 24 * 60 * minute],
      ["@1w", 7 * 24 * 60 * minute]
    ]
    for (const [text, ms] of ago) {
      assert.deepStrictEqual(Position.parse(text), { _tag: "Ago", ms }, text)
    }
    const newYear = { _tag: "Time", timeMs: Date.UTC(2026, 0, 1) } as const
    for (
      const text of [
        "@2026-01-01T00:00Z",
        "@2026-01-01T00:00:00.000Z",
        "@2026-01-01T01:00+01:00",
        "@2025-12-31 23:00-0100",
        "@1767225600000"
      ]
    ) {
      assert.deepStrictEqual(Position.parse(text), newYear, text)
    }
  })

  it("without a zone is local time, be it a date alone or with a time", () => {
    const local = { _tag: "Time", timeMs: new Date(2026, 0, 1).getTime() } as const
    assert.deepStrictEqual(Position.parse("@2026-01-01"), local)
    assert.deepStrictEqual(Position.parse("@2026-01-01T00:00"), local)
  })

  it("is nothing else", () => {
    const wrong = ["", "begin", "-", "--10", "1.5", "1e3", "@", "@10", "@10y", "@m", "@2026-13-01"]
    for (const text of [...wrong, "@2026-01-01T25:00Z", "99999999999999999", " 1", "@10m ago"]) {
      assert.isUndefined(Position.parse(text), text)
    }
  })

  it("stands for a time when it is one", () => {
    assert.strictEqual(Position.timeOf({ _tag: "Ago", ms: 400 }, 1000), 600)
    assert.strictEqual(Position.timeOf({ _tag: "Ago", ms: 4000 }, 1000), 0)
    assert.strictEqual(Position.timeOf({ _tag: "Time", timeMs: 7 }, 1000), 7)
    assert.isUndefined(Position.timeOf({ _tag: "End" }, 1000))
  })
})
