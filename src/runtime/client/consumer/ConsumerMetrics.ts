// A consumer's numbers as metrics, read when they are scraped. Consumers of one client are told apart by a
// number, given in the order in which they were made; the lag of a partition is offered while it is assigned.
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as ClientMetrics from "../../../layers/telemetry/ClientMetrics.ts"
import type { FetchBuffer } from "./FetchBuffer.ts"
import type { AssignedPartition, SubscriptionState } from "./SubscriptionState.ts"

/** What a consumer has done, as plain numbers. */
export class ConsumerCounters {
  records = 0
  bytes = 0
  fetches = 0
}

let consumers = 0

export const offer = Effect.fnUntraced(function*(options: {
  readonly clientId: string
  readonly counters: ConsumerCounters
  readonly buffer: FetchBuffer
  readonly subscription: SubscriptionState
  readonly isCommittedOnly: boolean
}) {
  const { count, measure } = ClientMetrics
  const { buffer, clientId, counters, isCommittedOnly, subscription } = options
  const who = { client_id: clientId, consumer: `${++consumers}` }
  yield* count(ClientMetrics.consumerRecords, who, () => counters.records)
  yield* count(ClientMetrics.consumerBytes, who, () => counters.bytes)
  yield* count(ClientMetrics.consumerFetches, who, () => counters.fetches)
  yield* measure(ClientMetrics.consumerBufferBytes, who, () => buffer.fetchedBytes)
  const run = Effect.runSyncWith(yield* Effect.context())
  const scope = yield* Effect.scope
  subscription.onAdded = (state: AssignedPartition) => {
    const { partition, topic } = state
    const attributes = { ...who, topic, partition: `${partition}` }
    const own = run(Scope.fork(scope))
    const lag = () => state.lag(isCommittedOnly) ?? 0
    run(Scope.provide(measure(ClientMetrics.consumerLag, attributes, lag), own))
    return () => run(Scope.close(own, Exit.void))
  }
})
