// Where commands write what was asked for: stdout, waiting when its reader is slower. A reader that has
// seen enough (`mymq consume | head`) ends the program quietly, with all that it holds released. A
// command says either one JSON document, one JSON object a line, or a table for people.
import * as CliTerminal from "effect/cli/TerminalCapabilities"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Writable } from "node:stream"
import * as Table from "./Table.ts"

/** Somebody reads, and cannot be written to: a full disk, for one. */
export class OutputError extends Data.TaggedError("OutputError")<{ readonly cause: unknown }> {
  override get message(): string {
    return `the output cannot be written: ${
      this.cause instanceof Error ? this.cause.message : String(this.cause)
    }`
  }
}

export class Output extends Context.Service<Output, {
  /** Whether bold and colour can be seen: a terminal, and nobody has set NO_COLOR. */
  readonly isStyled: boolean
  /** Ends when the reader wants more. Once there is no reader it never does. */
  readonly write: (text: string | Uint8Array) => Effect.Effect<void, OutputError>
  /** Ends when something was written and there was no reader any more. */
  readonly abandoned: Effect.Effect<void>
}>()("mymq/runtime/cli/Output") {}

/** Writes to a stream that lives longer than the program. */
export const layerOf = (stream: Writable, isStyled: boolean): Layer.Layer<Output> =>
  Layer.effect(
    Output,
    Effect.acquireRelease(
      Effect.sync(() => make(stream, isStyled)),
      ({ release }) => release
    )
  )

export const layer: Layer.Layer<Output> = Layer.unwrap(
  Effect.map(
    CliTerminal.TerminalCapabilities,
    ({ canColor }) => layerOf(process.stdout, canColor)
  )
)

const make = (stream: Writable, isStyled: boolean) => {
  const abandoned = Deferred.makeUnsafe<void>()
  let failure: OutputError | undefined
  // What goes wrong is told to each write. Without a listener, which stays because a stream may tell
  // late, it would be an uncaught exception too.
  stream.on("error", () => {})
  const note = (error: Error | null | undefined): void => {
    if (error === null || error === undefined) return
    if (isClosed(error)) Deferred.doneUnsafe(abandoned, Effect.void)
    else failure ??= new OutputError({ cause: error })
  }
  const settle = Effect.suspend(() => {
    if (Deferred.isDoneUnsafe(abandoned)) return Effect.never
    return failure === undefined ? Effect.void : Effect.fail(failure)
  })
  const write = (text: string | Uint8Array): Effect.Effect<void, OutputError> =>
    Effect.andThen(
      Effect.callback<void>((resume) => {
        const wantsMore = stream.write(text, (error) => {
          note(error)
          resume(Effect.void)
        })
        if (wantsMore) resume(Effect.void)
      }),
      settle
    )
  /** What is still in the stream's buffer would be lost when the process ends. */
  const release = Effect.callback<void>((resume) => {
    if (stream.writableLength === 0 || stream.destroyed) return resume(Effect.void)
    stream.write("", () => resume(Effect.void))
  })
  return { isStyled, write, abandoned: Deferred.await(abandoned), release }
}

/** The reader has closed its end, or is gone. */
const isClosed = (error: Error): boolean =>
  ["EPIPE", "ECONNRESET", "ERR_STREAM_DESTROYED"].includes(
    (error as NodeJS.ErrnoException).code ?? ""
  )

/** Runs a program until it ends, or has written something that nobody reads any more. */
export const whileRead = <A, E, R>(
  program: Effect.Effect<A, E, R>
): Effect.Effect<A | void, E, R | Output> =>
  Output.use(({ abandoned }) => Effect.raceFirst(program, abandoned))

/** A line for people. */
export const line = (text: string): Effect.Effect<void, OutputError, Output> =>
  Output.use(({ write }) => write(`${text}\n`))

/** A table for people, its header bold on a terminal. */
export const table = (
  columns: ReadonlyArray<Table.Column>,
  rows: ReadonlyArray<ReadonlyArray<Table.Cell>>
): Effect.Effect<void, OutputError, Output> =>
  Output.use(({ isStyled, write }) => write(Table.format(columns, rows, isStyled)))

/** The one JSON document of a command. */
export const document = (value: unknown): Effect.Effect<void, OutputError, Output> =>
  Output.use(({ write }) => write(`${JSON.stringify(value, undefined, 2)}\n`))

/** One JSON object a line, for what has no end. */
export const jsonLine = (value: unknown): Effect.Effect<void, OutputError, Output> =>
  Output.use(({ write }) => write(`${JSON.stringify(value)}\n`))
