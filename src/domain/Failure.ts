// Expected trouble, one type: a Kafka error code with the sentence a person reads. Handlers turn it
// into the answer; it is a value, made cheaply, never an Error with a stack.
import type { ErrorCode } from "./ErrorCode.ts"

export interface Failure {
  readonly _tag: "Failure"
  readonly errorCode: ErrorCode
  /** Says what is wrong and, where it helps, what is allowed. */
  readonly message: string
  /** Which records of a batch are to blame, by their place in it, where it is only some. */
  readonly records?: ReadonlyArray<RecordFailure>
}

export interface RecordFailure {
  readonly index: number
  readonly message: string
}

/** A sentence that quotes its client may be as long as that likes; strings on the wire end at 32 KB. */
const MESSAGE_LENGTH_MAX = 1000

export const make = (errorCode: ErrorCode, message: string): Failure => ({
  _tag: "Failure",
  errorCode,
  message: message.length > MESSAGE_LENGTH_MAX
    ? `${message.slice(0, MESSAGE_LENGTH_MAX)}...`
    : message
})

/** Tells a failure from a plain value of another type. */
export const isFailure = (value: unknown): value is Failure =>
  typeof value === "object" && value !== null && "_tag" in value && value._tag === "Failure"
