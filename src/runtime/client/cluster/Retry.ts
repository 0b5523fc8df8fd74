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
}

export const retried = (backoff: Backoff, options: RetryOptions) =>
<A, R>(
  effect: Effect.Effect<A, ClientError.ClientError, R>
): Effect.Effect<A, ClientError.ClientError, R> =>
  Effect.suspend(() => {
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
        duration: Duration.millis(timeoutMs),
        orElse: () => Effect.fail(last ?? new ClientError.ClientError({ reason: timedOut }))
      })
    )
  })
