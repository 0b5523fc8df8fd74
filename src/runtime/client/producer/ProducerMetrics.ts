// A producer's numbers as metrics, read when they are scraped. Producers of one client are told apart by a
// number, given in the order in which they were made.
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as ClientMetrics from "../../../layers/telemetry/ClientMetrics.ts"
import type { BufferMemory } from "./BufferMemory.ts"
import type { ProducerCounters } from "./ProducerCounters.ts"

let producers = 0

export const offer = (
  clientId: string,
  counters: ProducerCounters,
  memory: BufferMemory
): Effect.Effect<void, never, Scope.Scope> =>
  Effect.suspend(() => {
    const { count, measure } = ClientMetrics
    const who = { client_id: clientId, producer: `${++producers}` }
    return Effect.all([
      count(ClientMetrics.producerRecords, who, () => counters.records),
      count(ClientMetrics.producerFailedRecords, who, () => counters.failedRecords),
      count(ClientMetrics.producerBatches, who, () => counters.batches),
      count(ClientMetrics.producerRetries, who, () => counters.retries),
      count(ClientMetrics.producerRequests, who, () => counters.requests),
      count(ClientMetrics.producerBytes, who, () => counters.bytesSent),
      measure(ClientMetrics.producerBufferBytes, who, () => memory.usedBytes),
      measure(ClientMetrics.producerWaiting, who, () => memory.waitingCount)
    ], { discard: true })
  })
