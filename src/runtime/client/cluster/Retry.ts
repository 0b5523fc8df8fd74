// When a call is tried again: after errors that Kafka calls retriable, with a delay that doubles up to a
// bound and has jitter, until the time for the whole call is over. Then the last error is what it fails with.
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { ClientConfig } from "../../../layers/config/ClientConfig.ts"
import * as ClientError from "../ClientError.ts"

type Backoff = Pick<ClientConfig["Service"], "retryBackoffMs" | "retryBackoffMsMax">

/** Delays between attempts: the first `retryBackoffMs`, the largest `retryBackoffMsMax`, 20 % of jitter. */
export const schedule = ({ retryBackoffMs, retryBackoffMsMax }: Backoff) =>
  Schedule.min([
    Schedule.exponential(Duration.millis(retryBackoffMs)),
    Schedule.spaced(Duration.millis(retryBackoffMsMax))
  ]).pipe(Schedule.jittered)

/** The delay before attempt `attempt` (from 1), for those that keep their own time. */
export const delayMs = (attempt: number, firstMs: number, maxMs: number, random: number): number =>
  Math.min(maxMs, firstMs * 2 ** Math.min(attempt - 1, 20)) * (0.8 + 0.4 * random)

export interface RetryOptions {
  /** Named in the error when time is over before anything failed. */
  readonly what: string
  readonly timeoutMs: number
  /** Which errors are worth another attempt; those that say so of themselves by default. */
  readonly while?: ((error: ClientError.ClientError) => boolean) | undefined
  /**
   * Whether an attempt made now ends in time by itself, because what it waits for keeps a bound of
   * its own. The first is then made without a watch, a fiber and a timer that cost more than a
   * small request does.
   */
  readonly endsByItself?: (() => boolean) | undefined
}

export const retried = (backoff: Backoff, options: RetryOptions) =>
<A, R>(
  effect: Effect.Effect<A, ClientError.ClientError, R>
): Effect.Effect<A, ClientError.ClientError, R> =>
  Effect.suspend(() => {
    const { endsByItself, timeoutMs } = options
    if (endsByItself?.() !== true) return watched(effect, backoff, options, timeoutMs)
    return Effect.clockWith((clock) => {
      const startMs = clock.currentTimeMillisUnsafe()
      return Effect.catch(effect, (error) => {
        const tookMs = clock.currentTimeMillisUnsafe() - startMs
        return watched(beginningWith(error, effect), backoff, options, timeoutMs - tookMs)
      })
    })
  })

const watched = <A, R>(
  effect: Effect.Effect<A, ClientError.ClientError, R>,
  backoff: Backoff,
  options: RetryOptions,
  leftMs: number
): Effect.Effect<A, ClientError.ClientError, R> => {
  let last: ClientError.ClientError | undefined
  const { timeoutMs, what } = options
  const timedOut = ClientError.Reason.RequestTimedOut({ what, timeoutMs })
  return effect.pipe(
    Effect.tapError((error) =>
      Effect.sync(() => {
        last = error
      })
    ),
    Effect.retry({
      schedule: schedule(backoff),
      while: options.while ?? ((error) => error.isRetriable)
    }),
    Effect.timeoutOrElse({
      duration: Duration.millis(Math.max(0, leftMs)),
      orElse: () => Effect.fail(last ?? new ClientError.ClientError({ reason: timedOut }))
    })
  )
}

/** The attempt that was made already is the first of those that are judged. */
const beginningWith = <A, R>(
  first: ClientError.ClientError,
  effect: Effect.Effect<A, ClientError.ClientError, R>
): Effect.Effect<A, ClientError.ClientError, R> => {
  let isMade = false
  return Effect.suspend(() => {
    if (isMade) return effect
    isMade = true
    return Effect.fail(first)
  })
}
