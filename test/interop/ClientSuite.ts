// Our client's suite: the same cases for every broker, MYMQ or Apache Kafka, each over a client of its own.
// The tests run it against the built broker; `node test/interop/client.ts HOST:PORT` against any other.
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import { Compression } from "../../src/layers/compression/Compression.ts"
import { Admin } from "../../src/runtime/client/Admin.ts"
import * as Client from "../../src/runtime/client/Client.ts"
import * as AdminCases from "./suite/AdminCases.ts"
import { type Case, Skipped } from "./suite/Case.ts"
import * as ConsumeCases from "./suite/ConsumeCases.ts"
import * as GroupCases from "./suite/GroupCases.ts"
import * as ProduceCases from "./suite/ProduceCases.ts"
import * as TopicCases from "./suite/TopicCases.ts"
import * as TransactionCases from "./suite/TransactionCases.ts"

export const cases: ReadonlyArray<Case> = [
  ...TopicCases.cases,
  ...ProduceCases.cases,
  ...ConsumeCases.cases,
  ...GroupCases.cases,
  ...TransactionCases.cases,
  ...AdminCases.cases
]

export interface Verdict {
  readonly name: string
  readonly outcome: "ok" | "skip" | "FAIL"
  readonly detail: string
  readonly ms: number
}

const CASE_TIMEOUT = "60 seconds"

/** Never fails: what went wrong is in the verdict. */
export const run = (
  { name, run }: Case,
  options: Client.ClientOptions
): Effect.Effect<Verdict> => {
  const client = Admin.layer.pipe(
    Layer.provideMerge(Layer.mergeAll(Client.layer(options), Compression.layer))
  )
  return Effect.gen(function*() {
    const start = performance.now()
    const exit = yield* Effect.exit(
      run.pipe(Effect.scoped, Effect.provide(Layer.fresh(client)), Effect.timeout(CASE_TIMEOUT))
    )
    const ms = performance.now() - start
    if (Exit.isSuccess(exit)) return { name, outcome: "ok", detail: exit.value, ms }
    const error = Cause.squash(exit.cause)
    return error instanceof Skipped
      ? { name, outcome: "skip", detail: error.why, ms }
      : { name, outcome: "FAIL", detail: Cause.pretty(exit.cause), ms }
  })
}
