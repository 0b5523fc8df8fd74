// Listeners as they are written.
import { assert, describe, it } from "@effect/vitest"
import * as Listener from "../../../src/domain/config/Listener.ts"

describe("a list of listeners", () => {
  it("has names, hosts and ports", () => {
    assert.deepStrictEqual(
      Listener.parseList("PLAINTEXT://0.0.0.0:9092, ssl://:0,IN_1://[::1]:65535,"),
      [
        { name: "PLAINTEXT", host: "0.0.0.0", port: 9092 },
        { name: "SSL", host: "", port: 0 },
        { name: "IN_1", host: "::1", port: 65535 }
      ]
    )
  })

  const refused: ReadonlyArray<readonly [string, RegExp]> = [
    ["", /at least one listener is needed/],
    ["localhost:9092", /"localhost:9092" is not a listener: write it as PLAINTEXT:\/\/127/],
    ["PLAINTEXT://a", /is not a listener/],
    ["PLAINTEXT://a:65536", /is not a listener/],
    ["PLAINTEXT://::1:9092", /is not a listener/],
    ["A://a:1,a://b:2", /the listener A is named twice/]
  ]
  for (const [text, sentence] of refused) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      const parsed = Listener.parseList(text)
      assert.match(typeof parsed === "string" ? parsed : "accepted", sentence)
    })
  }
})

it("a map of protocols has no case and ignores spaces", () => {
  assert.deepStrictEqual(
    [...Listener.parseProtocolMap("in : plaintext, OUT:SSL,broken")],
    [["IN", "PLAINTEXT"], ["OUT", "SSL"]]
  )
})
