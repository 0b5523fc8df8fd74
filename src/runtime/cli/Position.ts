// Where in a log something begins or ends, as people say it: "start", "end", "-10" (ten records before the
// end), "1234" (that offset), "@10m" (ten minutes ago), "@2026-01-01T00:00Z" (a time; without a zone it is
// local time), "@1767225600000" (the same as milliseconds). Parsed here once, for all commands; what a
// position means in a certain partition is for PositionLookup to say.

export type Position =
  | { readonly _tag: "Start" }
  | { readonly _tag: "End" }
  /** So many records before the end. */
  | { readonly _tag: "Last"; readonly records: number }
  | { readonly _tag: "Offset"; readonly offset: number }
  /** So long before now. */
  | { readonly _tag: "Ago"; readonly ms: number }
  | { readonly _tag: "Time"; readonly timeMs: number }

/** What one may be, for help and for whoever typed something else. */
export const EXAMPLES = "start, end, -10 (before the end), 1234, @10m (ago), @2026-01-01T00:00Z"

/** A paragraph for the help of commands that take one. */
export const HELP = `A POSITION is one of ${EXAMPLES}.`

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000
}

const DURATION = /^(?:\d+(?:ms|[smhdw]))+$/
const EPOCH_MS = /^\d{12,15}$/
const ISO = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:?\d\d)?)?$/i

/** Undefined for what is no position. */
export const parse = (text: string): Position | undefined => {
  if (text === "start") return { _tag: "Start" }
  if (text === "end") return { _tag: "End" }
  if (text.startsWith("@")) return time(text.slice(1))
  const match = /^(-?)(\d+)$/.exec(text)
  const number = Number(match?.[2])
  if (match === null || !Number.isSafeInteger(number)) return undefined
  return match[1] === "-" ? { _tag: "Last", records: number } : { _tag: "Offset", offset: number }
}

/** The time that a position stands for; undefined for those that are none. */
export const timeOf = (position: Position, nowMs: number): number | undefined => {
  if (position._tag === "Time") return position.timeMs
  return position._tag === "Ago" ? Math.max(0, nowMs - position.ms) : undefined
}

const time = (text: string): Position | undefined => {
  if (DURATION.test(text)) return { _tag: "Ago", ms: durationMs(text) }
  if (EPOCH_MS.test(text)) return { _tag: "Time", timeMs: Number(text) }
  if (!ISO.test(text)) return undefined
  // A date alone would be taken for UTC, unlike a date with a time.
  const timeMs = Date.parse(text.length === 10 ? `${text}T00:00` : text.replace(" ", "T"))
  return Number.isNaN(timeMs) || timeMs < 0 ? undefined : { _tag: "Time", timeMs }
}

/** "1h30m" */
const durationMs = (text: string): number => {
  let sum = 0
  for (const [, count, unit] of text.matchAll(/(\d+)(ms|[smhdw])/g)) {
    sum += Number(count) * UNITS_MS[unit!]!
  }
  return sum
}
