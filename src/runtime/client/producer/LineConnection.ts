// The connection of a broker's line: opened when there is something to send and none is there, one at a time.
import * as Effect from "effect/Effect"
import type * as ClientError from "../ClientError.ts"
import type { Cluster } from "../cluster/Cluster.ts"
import type { BrokerLine } from "./BrokerLine.ts"
import type { PartitionQueue } from "./PartitionQueue.ts"

export interface LineConnectionOptions {
  readonly cluster: Cluster["Service"]
  readonly lane: string
  readonly run: (effect: Effect.Effect<void>) => void
  /** There will be no connection; what waited is not sent. */
  readonly onRefused: (
    queues: ReadonlyArray<PartitionQueue>,
    error: ClientError.ClientError
  ) => void
  /** There is one, or it may be tried again. */
  readonly onEnd: (queues: ReadonlyArray<PartitionQueue>) => void
}

export const open = (
  line: BrokerLine,
  { cluster, lane, onEnd, onRefused, run }: LineConnectionOptions
): void => {
  if (line.isConnecting) return
  line.isConnecting = true
  // Whoever has ended a connection may lead no more, and without answers (acks=0) that is all that
  // is ever heard of it.
  if (line.wasConnected) cluster.refreshSoon()
  run(
    Effect.matchEffect(cluster.connection(line.nodeId, lane), {
      onSuccess: () =>
        Effect.sync(() => {
          line.wasConnected = true
        }),
      onFailure: (error) =>
        Effect.suspend(() => {
          cluster.refreshSoon()
          // The pool waits before the next attempt; this is for what fails before it gets there.
          if (error.isRetriable) return Effect.sleep(cluster.config.retryBackoffMs)
          onRefused(line.clear(), error)
          return Effect.void
        })
    }).pipe(Effect.andThen(Effect.sync(() => {
      line.isConnecting = false
      // What is led by another broker meanwhile has left with the refresh.
      onEnd(line.clear())
    })))
  )
}
