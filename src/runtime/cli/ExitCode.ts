// With what a command ends, for scripts: 0, it did what was asked; 1, it could not, or what it looked at
// is not well; 2, the command line itself was wrong and nothing was done. Being told to stop, by a
// signal or because nobody reads the output any more, is no failure: 0.
import * as Cause from "effect/Cause"
import * as CliError from "effect/cli/CliError"
import * as Data from "effect/Data"
import type * as Exit from "effect/Exit"

export const OK = 0
export const FAILED = 1
export const WRONG_USAGE = 2

/** Flags that are right one by one and make no sense together. */
export class UsageError extends Data.TaggedError("UsageError")<{ readonly detail: string }> {
  override get message(): string {
    return this.detail
  }
}

/** Ends a command with FAILED and without another word: its output has said what is wrong. */
export class NotWell extends Data.TaggedError("NotWell")<{}> {
  override get message(): string {
    return "not all is well"
  }
}

/** Of a program that ended so. */
export const of = (exit: Exit.Exit<unknown, unknown>): number => {
  if (exit._tag === "Success" || Cause.hasInterruptsOnly(exit.cause)) return OK
  const failure = exit.cause.reasons.find(Cause.isFailReason)?.error
  const isUsage = failure instanceof UsageError || CliError.isCliError(failure)
  return isUsage ? WRONG_USAGE : FAILED
}
