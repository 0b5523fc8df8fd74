// What a command says when it fails: one sentence on stderr, without a stack, and with --json also a
// document on stdout, {"error": "..."}, so that a script reads one thing in any case. A wrong command
// line is told with a hint instead of pages of help. A defect is told with all that is known.
import * as Cause from "effect/Cause"
import * as CliError from "effect/cli/CliError"
import * as CliOutput from "effect/cli/CliOutput"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { NotWell } from "./ExitCode.ts"

/** Tells why the effect failed; the failure goes on. */
export const told = <A, E extends { readonly message: string }, R>(
  effect: Effect.Effect<A, E, R>,
  isJson: boolean
): Effect.Effect<A, E, R> =>
  Effect.tapCause(effect, (cause) => {
    if (Cause.hasInterruptsOnly(cause)) return Effect.void
    const failure = cause.reasons.find(Cause.isFailReason)?.error
    if (failure instanceof NotWell) return Effect.void
    if (CliError.isCliError(failure) && failure._tag === "ShowHelp") {
      return failure.errors.length > 0 && isJson ? document(sentences(failure.errors)) : Effect.void
    }
    const sentence = failure?.message ?? Cause.pretty(cause)
    return Effect.andThen(
      Console.error(`mymq: ${sentence}`),
      isJson ? document(sentence) : Effect.void
    )
  })

const document = (error: string): Effect.Effect<void> => Console.log(JSON.stringify({ error }))

const sentences = (errors: ReadonlyArray<CliError.CliError>): string =>
  errors.map(({ message }) => message).join("; ")

/** Help and version go to stdout; what is wrong with a command line goes to stderr, with a hint. */
const presenter: CliOutput.Presenter = {
  present: (event) => {
    if (event._tag !== "InvalidInvocation") return CliOutput.defaultPresenter.present(event)
    const command = event.commandPath.join(" ")
    return Console.error(
      `mymq: ${sentences(event.errors)}\nTry "${command} --help" for what is allowed.`
    )
  }
}

export const layer: Layer.Layer<never> = CliOutput.layerPresenter(presenter)
