// Asks many things of many brokers: each thing goes to the broker that is responsible for it, those that
// come back because another one is (or none yet) go out again in the next round, and in the end each has
// its outcome. What a round has settled stays settled.
//
// Invariant: a request that may have been done is sent again only where doing it twice does no harm
// (`isRepeatable`): creating a topic a second time would tell that it exists, as if it had been there.
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import type { ClientConfig } from "../../../layers/config/ClientConfig.ts"
import * as ClientError from "../ClientError.ts"
import type { BrokerConnection } from "../cluster/BrokerConnection.ts"
import * as Retry from "../cluster/Retry.ts"
import type { Outcome, Outcomes } from "./Outcomes.ts"

export interface CallOptions {
  /** For the whole call with all its rounds. Default: the client's api timeout. */
  readonly timeoutMs?: number | undefined
}

/** What one broker is asked. */
export interface Target<Item> {
  readonly items: ReadonlyArray<Item>
  readonly connection: Effect.Effect<BrokerConnection, ClientError.ClientError>
}

export interface Call<Item, K, A> {
  /** Named in errors, as "CreateTopics". */
  readonly name: string
  /** What an item is called in the outcomes. */
  readonly keyOf: (item: Item) => K
  /** Who is responsible for which items, looked up anew from the second round (1) on. */
  readonly route: (
    items: ReadonlyArray<Item>,
    round: number
  ) => Effect.Effect<ReadonlyArray<Target<Item>>, ClientError.ClientError>
  /** One request. `brokerTimeoutMs`: how long the broker may take, where the request says so. */
  readonly ask: (
    connection: BrokerConnection,
    items: ReadonlyArray<Item>,
    brokerTimeoutMs: number
  ) => Effect.Effect<Outcomes<K, A>, ClientError.ClientError>
  readonly isRepeatable: boolean
  /** Which refusals mean that another broker, or the same one later, would do it. */
  readonly isAgain?: ((errorCode: ErrorCode) => boolean) | undefined
}

/** Refusals by a broker that has done nothing, and that will pass. */
const AGAIN: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ErrorCode.LEADER_NOT_AVAILABLE,
  ErrorCode.NOT_LEADER_OR_FOLLOWER,
  ErrorCode.REPLICA_NOT_AVAILABLE,
  ErrorCode.NETWORK_EXCEPTION,
  ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
  ErrorCode.COORDINATOR_NOT_AVAILABLE,
  ErrorCode.NOT_COORDINATOR,
  ErrorCode.NOT_CONTROLLER,
  ErrorCode.KAFKA_STORAGE_ERROR,
  ErrorCode.FENCED_LEADER_EPOCH,
  ErrorCode.UNKNOWN_LEADER_EPOCH,
  ErrorCode.OFFSET_NOT_AVAILABLE,
  ErrorCode.UNSTABLE_OFFSET_COMMIT,
  ErrorCode.THROTTLING_QUOTA_EXCEEDED
])

export const isAgain = (errorCode: ErrorCode): boolean => AGAIN.has(errorCode)

/**
 * Fails when nobody could be asked at all; what becomes of each item is in its outcome. When time
 * is over, an item that is not settled has the last error it met.
 */
export const run = <Item, K, A>(
  config: ClientConfig["Service"],
  call: Call<Item, K, A>,
  items: ReadonlyArray<Item>,
  options: CallOptions = {}
): Effect.Effect<Outcomes<K, A>, ClientError.ClientError> =>
  Effect.suspend(() => {
    const timeoutMs = options.timeoutMs ?? config.apiTimeoutMs
    const rounds = new Rounds(config, call, items, timeoutMs)
    return rounds.all.pipe(
      Effect.timeoutOrElse({
        duration: Duration.millis(timeoutMs),
        orElse: () => rounds.expired
      }),
      Effect.andThen(Effect.sync(() => rounds.outcomes()))
    )
  })

class Rounds<Item, K, A> {
  private readonly config: ClientConfig["Service"]
  private readonly call: Call<Item, K, A>
  private readonly items: ReadonlyArray<Item>
  private readonly timeoutMs: number
  private readonly settled = new Map<K, Outcome<A>>()
  /** What each item met last. */
  private readonly met = new Map<K, ClientError.ClientError>()
  private pending: ReadonlyArray<Item>
  /** Why nobody could be found to ask. */
  private unrouted: ClientError.ClientError | undefined

  constructor(
    config: ClientConfig["Service"],
    call: Call<Item, K, A>,
    items: ReadonlyArray<Item>,
    timeoutMs: number
  ) {
    this.config = config
    this.call = call
    this.items = items
    this.pending = items
    this.timeoutMs = timeoutMs
  }

  readonly all: Effect.Effect<void, ClientError.ClientError> = Effect.gen(
    { self: this },
    function*() {
      const startMs = yield* Clock.currentTimeMillis
      const { retryBackoffMs, retryBackoffMsMax } = this.config
      for (let round = 0; this.pending.length > 0; round++) {
        if (round > 0) {
          const random = yield* Random.next
          yield* Effect.sleep(Retry.delayMs(round, retryBackoffMs, retryBackoffMsMax, random))
        }
        const leftMs = startMs + this.timeoutMs - (yield* Clock.currentTimeMillis)
        yield* this.round(round, Math.max(1, Math.min(leftMs, this.config.requestTimeoutMs)))
      }
    }
  )

  /** When time is over before anybody was found, that is what is wrong. */
  readonly expired: Effect.Effect<void, ClientError.ClientError> = Effect.suspend(() =>
    this.settled.size === 0 && this.met.size === 0 && this.unrouted !== undefined
      ? Effect.fail(this.unrouted)
      : Effect.void
  )

  outcomes(): Outcomes<K, A> {
    const what = this.call.name
    return new Map(this.items.map((item): [K, Outcome<A>] => {
      const key = this.call.keyOf(item)
      const reason = ClientError.Reason.RequestTimedOut({ what, timeoutMs: this.timeoutMs })
      const late = this.met.get(key) ?? new ClientError.ClientError({ reason })
      return [key, this.settled.get(key) ?? Result.fail(late)]
    }))
  }

  private readonly round = Effect.fnUntraced(
    function*(this: Rounds<Item, K, A>, round: number, brokerTimeoutMs: number) {
      const routed = yield* Effect.result(this.call.route(this.pending, round))
      if (Result.isFailure(routed)) {
        this.unrouted = routed.failure
        if (!routed.failure.isRetriable) return yield* routed.failure
        return
      }
      const targets = routed.success.filter(({ items }) => items.length > 0)
      const left = yield* Effect.forEach(
        targets,
        (target) => this.asked(target, brokerTimeoutMs),
        { concurrency: "unbounded" }
      )
      this.pending = left.flat()
    }
  )

  /** Gives the items that go out again. */
  private readonly asked = Effect.fnUntraced(
    function*(this: Rounds<Item, K, A>, { connection, items }: Target<Item>, timeoutMs: number) {
      const found = yield* Effect.result(connection)
      if (Result.isFailure(found)) {
        return items.filter((item) => this.isLeft(item, Result.fail(found.failure), false))
      }
      const answer = yield* Effect.result(this.call.ask(found.success, items, timeoutMs))
      return items.filter((item) => {
        const outcome = Result.isFailure(answer)
          ? Result.fail(answer.failure)
          : answer.success.get(this.call.keyOf(item)) ?? this.forgotten(item)
        return this.isLeft(item, outcome, true)
      })
    }
  )

  private forgotten(item: Item): Outcome<A> {
    const detail = `the answer says nothing of ${String(this.call.keyOf(item))}`
    return Result.fail(ClientError.malformed(this.call.name, detail))
  }

  /** Settles the item, unless it is worth another round. */
  private isLeft(item: Item, outcome: Outcome<A>, wasSent: boolean): boolean {
    const key = this.call.keyOf(item)
    if (Result.isFailure(outcome) && this.isWorthAnother(outcome.failure, wasSent)) {
      this.met.set(key, outcome.failure)
      return true
    }
    this.settled.set(key, outcome)
    return false
  }

  private isWorthAnother({ reason }: ClientError.ClientError, wasSent: boolean): boolean {
    switch (reason._tag) {
      case "BrokerRefused":
        return wasSent && this.call.isAgain !== undefined
          ? this.call.isAgain(reason.errorCode)
          : isAgain(reason.errorCode)
      case "ConnectionLost":
      case "RequestTimedOut":
        return !wasSent || this.call.isRepeatable
      default:
        return false
    }
  }
}
