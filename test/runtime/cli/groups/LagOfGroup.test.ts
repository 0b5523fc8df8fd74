// `mymq groups lag --watch` on a terminal, and through the absence of a broker: in memory, by the test's clock.
import { assert, describe, it } from "@effect/vitest"
import * as CliTerminal from "effect/cli/TerminalCapabilities"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import * as LagOfGroup from "../../../../src/runtime/cli/groups/LagOfGroup.ts"
import { Output } from "../../../../src/runtime/cli/Output.ts"
import { Admin } from "../../../../src/runtime/client/Admin.ts"
import * as AdminWorld from "../../../world/AdminWorld.ts"

const written: Array<string> = []
/** What was written, its control sequences readable. */
const seen = (index: number): string => written[index]!.replaceAll("\x1b", "ESC")

const terminal = Layer.mergeAll(
  Layer.succeed(Output, {
    isStyled: true,
    write: (text) => Effect.sync(() => void written.push(String(text))),
    abandoned: Effect.never
  }),
  Layer.succeed(CliTerminal.TerminalCapabilities, {
    canColor: true,
    canAnimate: true,
    canPrompt: true
  })
)

const given = {
  broker: undefined as never,
  group: "billing",
  watch: true,
  intervalSeconds: 2,
  json: false
}

/** Lets time pass until so much was written. */
const until = Effect.fnUntraced(function*(count: number) {
  while (written.length < count) yield* TestClock.adjust("100 millis")
})

describe("a watched lag", () => {
  it.effect("is drawn over the last one, and goes on when the group cannot be asked", () =>
    Effect.gen(function*() {
      const admin = yield* Admin
      yield* Admin.orFail(admin.createTopics([{ topic: "orders" }]))
      yield* AdminWorld.produce("orders", 0, ["a", "b", "c"])
      yield* AdminWorld.commit("billing", "orders", 0, 1)
      written.length = 0
      yield* Effect.forkChild(LagOfGroup.lag(given))
      yield* until(2)
      assert.strictEqual(seen(0), "ESC[2J")
      assert.match(seen(1), /^ESC\[H\d{4}-\S+ZESC\[K\nESC\[1mTOPIC .*ESC\[0mESC\[K\n/)
      assert.match(seen(1), /billing: Empty, 0 members, 2 records behindESC\[K\nESC\[J$/)
      yield* Admin.orFail(admin.deleteGroups(["billing"]))
      yield* until(3)
      assert.match(seen(2), /^ESC\[H\S+ZESC\[K\nthere is no group "billing"ESC\[K\nESC\[J$/)
      yield* AdminWorld.commit("billing", "orders", 0, 3)
      yield* until(4)
      assert.include(written[3], "0 records behind")
    }).pipe(Effect.provide(Layer.mergeAll(AdminWorld.layer(), terminal))))
})
