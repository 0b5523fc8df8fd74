// Request bytes held by all connections together (queued.max.request.bytes). When there are too
// many, sessions stop taking frames until answers have gone out: memory is bounded by the limit plus
// one frame a session, as in Kafka's SimpleMemoryPool when it is not strict.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { BrokerConfig } from "../../layers/config/BrokerConfig.ts"

export class RequestMemory extends Context.Service<RequestMemory, {
  readonly isAvailable: () => boolean
  /** Ends when another request may be taken. */
  readonly available: Effect.Effect<void>
  readonly hold: (bytes: number) => void
  readonly release: (bytes: number) => void
  readonly heldBytes: () => number
}>()("mymq/runtime/broker/RequestMemory") {
  static readonly layer: Layer.Layer<RequestMemory, never, BrokerConfig> = Layer.effect(
    RequestMemory,
    Effect.gen(function*() {
      const { queuedMaxRequestBytes } = yield* BrokerConfig
      return make(queuedMaxRequestBytes)
    })
  )
}

const make = (bytesMax: number): RequestMemory["Service"] => {
  const limit = bytesMax < 0 ? Number.POSITIVE_INFINITY : bytesMax
  const waiting = new Set<() => void>()
  let held = 0
  const wait = Effect.callback<void>((resume) => {
    const wake = () => resume(Effect.void)
    waiting.add(wake)
    return Effect.sync(() => waiting.delete(wake))
  })
  const available: Effect.Effect<void> = Effect.suspend(() =>
    held < limit ? Effect.void : Effect.andThen(wait, available)
  )
  return RequestMemory.of({
    isAvailable: () => held < limit,
    available,
    hold: (bytes) => {
      held += bytes
    },
    release: (bytes) => {
      held -= bytes
      if (held >= limit || waiting.size === 0) return
      const wakes = [...waiting]
      waiting.clear()
      for (const wake of wakes) wake()
    },
    heldBytes: () => held
  })
}
