// One connection, as one scope: a reader that dispatches requests in the order in which they came,
// and a writer that sends the answers in that same order. A request once begun is finished: only
// waiting for the next frame can be interrupted, so that a stop loses no answer. Answers in flight
// are bounded; when they are many, or request memory is used up, reading stops, and with it the
// client's sending.
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { BrokerConfig, type ListenerConfig } from "../../layers/config/BrokerConfig.ts"
import * as Ended from "../../layers/shards/Ended.ts"
import type { Connection, TransportError } from "../../layers/transport/Transport.ts"
import { AnswerWriter } from "./AnswerWriter.ts"
import { RequestMemory } from "./RequestMemory.ts"
import { type RequestRejected, Router } from "./Router.ts"
import { Stopping } from "./Stopping.ts"

/** Serves a connection until it ends, either side closes it, or the broker stops. */
export const run = Effect.fnUntraced(function*(connection: Connection, listener: ListenerConfig) {
  const config = yield* BrokerConfig
  const router = yield* Router
  const memory = yield* RequestMemory
  const stopping = yield* Stopping
  const runFork = Effect.runForkWith(yield* Effect.context())
  const answers = yield* AnswerWriter.make(connection, config.connectionInFlightMax)

  const onCancel = (callback: () => void) => {
    const undoEnd = connection.onEnd(callback)
    const undoStop = stopping.onBegin(callback)
    return () => {
      undoEnd()
      undoStop()
    }
  }

  // A client that does not take its answers holds up a stop for so long and no longer.
  let lastCall: Fiber.Fiber<void> | undefined
  const undoLastCall = stopping.onBegin(() => {
    lastCall = runFork(Effect.andThen(Effect.sleep(config.shutdownTimeoutMs), connection.close))
  })

  /** Begins when it is called: most requests are answered when it returns. */
  const handle = (frame: Buffer, hasMore: boolean): Effect.Effect<void, RequestRejected> => {
    memory.hold(frame.length)
    const done = [() => memory.release(frame.length)]
    const finish = () => done.forEach((callback) => callback())
    const request = {
      connection,
      listener,
      hasMore,
      settled: answers.settled,
      onCancel,
      onSent: (callback: () => void) => {
        done.push(callback)
      },
      recycleFrame: () => {
        done.push(() => connection.recycle(frame))
      }
    }
    return Ended.flatMap(
      orElseRelease(() => router.dispatch(frame, request), finish),
      (dispatched) => answers.offer({ dispatched, done: finish })
    )
  }

  const read = (restore: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>) => {
    const available = restore(memory.available)
    const take = restore(connection.take)
    return Effect.gen(function*() {
      while (!answers.isBroken) {
        if (!memory.isAvailable()) yield* available
        const frames = yield* take
        for (let i = 0; i < frames.length; i++) {
          const handled = handle(frames[i]!, i + 1 < frames.length)
          if (Ended.success(handled) === undefined) yield* handled
        }
      }
    })
  }

  yield* Effect.uninterruptibleMask((restore) =>
    Effect.gen(function*() {
      const writing = yield* Effect.forkChild(answers.run, { startImmediately: true })
      yield* read(restore).pipe(
        Effect.catch((error) => logEnd(connection, error)),
        Effect.ensuring(answers.end),
        Effect.ensuring(Fiber.await(writing))
      )
    })
  ).pipe(
    router.withServices,
    Effect.ensuring(Effect.sync(() => {
      undoLastCall()
      lastCall?.interruptUnsafe()
    })),
    Effect.ensuring(connection.close)
  )
})

/** Calls `release` when there will be no answer that does. */
const orElseRelease = <A, E>(
  begin: () => Effect.Effect<A, E>,
  release: () => void
): Effect.Effect<A, E> => {
  try {
    const begun = begin()
    return Ended.success(begun) === undefined
      ? Effect.onError(begun, () => Effect.sync(release))
      : begun
  } catch (defect) {
    release()
    return Effect.die(defect)
  }
}

const logEnd = (
  connection: Connection,
  error: TransportError | RequestRejected
): Effect.Effect<void> => {
  if (error._tag === "RequestRejected") {
    return Effect.logWarning(`closing ${connection.peer}: ${error.detail}`)
  }
  return error.reason === "malformed"
    ? Effect.logWarning(`closing ${connection.peer}: ${error.detail}`)
    : Effect.logDebug(`${connection.peer} ended: ${error.message}`)
}
