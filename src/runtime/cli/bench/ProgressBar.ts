// How far a bench is, for somebody who watches: one line on stderr, drawn over itself ten times a second and
// cleared at the end. Where nobody watches, because stdout or stderr goes elsewhere or JSON was asked for,
// nothing of it is written.
import * as CliTerminal from "effect/cli/TerminalCapabilities"
import * as Effect from "effect/Effect"

const BAR_COLUMNS = 30
const REDRAW_MS = 100
const CLEAR = "\r\x1b[K"

export interface Progress {
  readonly total: number
  readonly done: () => number
  /** What is being done, as "reading". */
  readonly doing: string
}

/** "sending  [######........]  40 %  400000 of 1000000, 512345/s" */
export const text = (doing: string, done: number, total: number, seconds: number): string => {
  const fraction = total === 0 ? 1 : Math.min(1, done / total)
  const filled = Math.floor(BAR_COLUMNS * fraction)
  const bar = "#".repeat(filled) + ".".repeat(BAR_COLUMNS - filled)
  const percent = String(Math.floor(100 * fraction)).padStart(3)
  const speed = seconds > 0 ? `, ${Math.round(done / seconds)}/s` : ""
  return `${doing}  [${bar}] ${percent} %  ${done} of ${total}${speed}`
}

/** Runs the work, its progress shown where it can be seen. */
export const shown = <A, E, R>(
  work: Effect.Effect<A, E, R>,
  progress: Progress,
  isWanted: boolean
): Effect.Effect<A, E, R> =>
  Effect.flatMap(CliTerminal.TerminalCapabilities, ({ canAnimate }) => {
    if (!isWanted || !canAnimate || !process.stderr.isTTY) return work
    const startMs = performance.now()
    const draw = () => {
      const seconds = (performance.now() - startMs) / 1000
      const line = text(progress.doing, progress.done(), progress.total, seconds)
      process.stderr.write(CLEAR + line.slice(0, process.stderr.columns - 1))
    }
    return Effect.acquireUseRelease(
      Effect.sync(() => setInterval(draw, REDRAW_MS)),
      () => work,
      (timer) =>
        Effect.sync(() => {
          clearInterval(timer)
          process.stderr.write(CLEAR)
        })
    )
  })
