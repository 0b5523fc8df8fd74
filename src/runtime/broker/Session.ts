// One connection, as one scope: a reader that dispatches requests in the order in which they came,
// and a writer that sends the answers in that same order. A request once begun is finished: only
// waiting for the next frame can be interrupted, so that a stop loses no answer. Answers in flight
// are bounded; when they are many, or request memory is used up, reading stops, and with it the
// client's sending.
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import { Writer } from "../../domain/wire/Writer.ts"
import { BrokerConfig, type ListenerConfig } from "../../layers/config/BrokerConfig.ts"
import type { Connection, TransportError } from "../../layers/transport/Transport.ts"
import { RequestMemory } from "./RequestMemory.ts"
import { type Dispatched, type RequestRejected, Router } from "./Router.ts"
import { Stopping } from "./Stopping.ts"

/** A request that was dispatched: its answer, and what to do when that has gone out. */
interface Pending {
  readonly dispatched: Dispatched
  readonly done: () => void
}

/** Serves a connection until it ends, either side closes it, or the broker stops. */
export const run = Effect.fnUntraced(function*(connection: Connection, listener: ListenerConfig) {
  const config = yield* BrokerConfig
  const router = yield* Router
  const memory = yield* RequestMemory
  const stopping = yield* Stopping
  const runFork = Effect.runForkWith(yield* Effect.context())
  const answers = yield* Queue.bounded<Pending, Cause.Done>(config.connectionInFlightMax)
  const writer = new Writer()
  let unanswered = 0
  let isBroken = false

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

  /** Sends one answer; a client that has gone only means that nobody reads it. */
  const send = (pending: Pending, response: unknown): Effect.Effect<void> => {
    if (response === undefined || isBroken) return Effect.sync(pending.done)
    let chunks: ReadonlyArray<Uint8Array>
    try {
      chunks = pending.dispatched.encode(writer, response)
    } catch (error) {
      writer.discard()
      pending.done()
      return Effect.die(error)
    }
    return connection.write(chunks).pipe(
      Effect.catch(() =>
        Effect.sync(() => {
          isBroken = true
        })
      ),
      Effect.ensuring(Effect.sync(pending.done))
    )
  }

  const answer = Effect.fnUntraced(function*(pending: Pending) {
    const { outcome } = pending.dispatched
    const response = outcome._tag === "Ready" ? outcome.response : yield* outcome.response
    yield* send(pending, response)
    if (--unanswered === 0) { for (const wake of settling.splice(0)) wake() }
  })

  const settling: Array<() => void> = []
  const settled = Effect.suspend(() =>
    unanswered === 0 ? Effect.void : Effect.callback<void>((resume) => {
      settling.push(() => resume(Effect.void))
    })
  )

  const write = Effect.forever(Effect.flatMap(Queue.take(answers), answer), { disableYield: true })
    .pipe(Effect.catchTag("Done", () => Effect.void))

  const handle = Effect.fnUntraced(function*(frame: Buffer) {
    memory.hold(frame.length)
    const done = [() => memory.release(frame.length)]
    const request = {
      connection,
      listener,
      settled,
      onCancel,
      onSent: (callback: () => void) => {
        done.push(callback)
      },
      recycleFrame: () => {
        done.push(() => connection.recycle(frame))
      }
    }
    const finish = () => done.forEach((callback) => callback())
    const pending: Pending = {
      dispatched: yield* Effect.onError(
        router.dispatch(frame, request),
        () => Effect.sync(finish)
      ),
      done: finish
    }
    const { outcome } = pending.dispatched
    // With no answer before it in line, this one need not go through the writer's fiber.
    if (outcome._tag === "Ready" && unanswered === 0) return yield* send(pending, outcome.response)
    unanswered++
    yield* Queue.offer(answers, pending)
  })

  const read = (restore: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>) =>
    Effect.gen(function*() {
      while (!isBroken) {
        yield* restore(memory.available)
        for (const frame of yield* restore(connection.take)) yield* handle(frame)
      }
    })

  yield* Effect.uninterruptibleMask((restore) =>
    Effect.gen(function*() {
      const writing = yield* Effect.forkChild(write, { startImmediately: true })
      yield* read(restore).pipe(
        Effect.catch((error) => logEnd(connection, error)),
        Effect.ensuring(Queue.end(answers)),
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
