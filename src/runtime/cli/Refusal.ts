// Why a command could not do something to a topic or a group, in a sentence for people: what Kafka's error
// codes mean to whoever typed a name. What is not known here is said in the broker's own words.
import * as Console from "effect/Console"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { ErrorCode } from "../../domain/ErrorCode.ts"
import { type Outcomes, succeeded } from "../client/admin/Outcomes.ts"
import type { ClientError } from "../client/ClientError.ts"
import { NotWell } from "./ExitCode.ts"

export class Refusal extends Data.TaggedError("Refusal")<{ readonly detail: string }> {
  override get message(): string {
    return this.detail
  }
}

type Kind = "topic" | "group"

export const sentence = (kind: Kind, name: string, error: ClientError): string => {
  switch (error.errorCode) {
    case ErrorCode.NONE:
      return error.message
    case ErrorCode.UNKNOWN_TOPIC_OR_PARTITION:
      return kind === "topic" ? `there is no topic "${name}"` : own(kind, name, error)
    case ErrorCode.TOPIC_ALREADY_EXISTS:
      return `there is a topic "${name}" already`
    case ErrorCode.GROUP_ID_NOT_FOUND:
      return `there is no group "${name}"`
    case ErrorCode.NON_EMPTY_GROUP:
    case ErrorCode.UNKNOWN_MEMBER_ID:
      return `group "${name}" has members: stop them first`
    default:
      return own(kind, name, error)
  }
}

const own = (kind: Kind, name: string, { message, reason }: ClientError): string =>
  reason._tag === "BrokerRefused"
    ? `${kind} "${name}": ${reason.detail.replace(/\.$/, "")} (${reason.name})`
    : message

/** Fails in a sentence about the topic or group. */
export const named =
  (kind: Kind, name: string) =>
  <A, R>(effect: Effect.Effect<A, ClientError, R>): Effect.Effect<A, Refusal, R> =>
    Effect.mapError(effect, (error) => new Refusal({ detail: sentence(kind, name, error) }))

export interface Refused {
  readonly name: string
  readonly error: string
}

export interface Sorted<A> {
  readonly done: ReadonlyMap<string, A>
  readonly refused: ReadonlyArray<Refused>
}

/**
 * What went well and what did not. Fails when there was but one thing to do and it was refused:
 * then that is all there is to say.
 */
export const sorted = <A>(
  kind: Kind,
  outcomes: Outcomes<string, A>
): Effect.Effect<Sorted<A>, Refusal> => {
  const refused: Array<Refused> = []
  for (const [name, outcome] of outcomes) {
    if (Result.isFailure(outcome)) {
      refused.push({ name, error: sentence(kind, name, outcome.failure) })
    }
  }
  const [first] = refused
  return first !== undefined && outcomes.size === 1
    ? Effect.fail(new Refusal({ detail: first.error }))
    : Effect.succeed({ done: succeeded(outcomes), refused })
}

/** Tells of each that was refused, and fails when there was one: at the end of a command. */
export const told = Effect.fnUntraced(function*(refused: ReadonlyArray<Refused>) {
  for (const { error } of refused) yield* Console.error(`mymq: ${error}`)
  if (refused.length > 0) return yield* new NotWell()
})
