// What the records of a bench hold: lines as a service logs them, cut or repeated to one size, which codecs
// make about a third of; or random bytes, which they cannot make smaller. Up to a few thousand different
// values are made before the clock runs and sent in turn, small ones several in one piece of memory, as
// `Buffer.from` gives them. The same seed gives the same values.

const VALUES_MAX = 4096
/** Of all values, unless one alone is larger. */
const BYTES_MAX = 16_000_000
const MODULUS = 2_147_483_647
const MULTIPLIER = 48_271

export type Content = "text" | "random"

const LEVELS = ["INFO", "INFO", "INFO", "DEBUG", "WARN", "ERROR"]
const METHODS = ["GET", "GET", "POST", "PUT", "DELETE"]
const PATHS = ["orders", "customers", "invoices", "sessions", "search", "basket", "health"]
const NOTES = [
  "served from cache",
  "row inserted",
  "token renewed for the session",
  "retried once after a timeout of the upstream",
  "slow query, index not used",
  "payload validated against schema"
]

/** `count` values of `bytes` each. */
export const make = (
  bytes: number,
  content: Content,
  count = Math.min(VALUES_MAX, Math.ceil(BYTES_MAX / bytes)),
  seed = 1
): ReadonlyArray<Buffer> => {
  const next = generator(seed)
  const value = content === "text" ? text : noise
  return Array.from({ length: count }, () => value(bytes, next))
}

/** Park and Miller's, which needs no more than the safe integers. */
const generator = (seed: number): (below: number) => number => {
  let state = seed
  return (below) => {
    state = (state * MULTIPLIER) % MODULUS
    return Math.floor(state / MODULUS * below)
  }
}

type Next = (below: number) => number

const text = (bytes: number, next: Next): Buffer => {
  const value = Buffer.allocUnsafe(bytes)
  for (let at = 0; at < bytes;) at += value.write(line(next), at, "latin1")
  return value
}

const line = (next: Next): string => {
  const pick = (words: ReadonlyArray<string>): string => words[next(words.length)]!
  const time = new Date(1_700_000_000_000 + next(86_400_000)).toISOString()
  const id = (words: number): string =>
    Array.from({ length: words }, () => next(2 ** 30).toString(16).padStart(8, "0")).join("")
  return `${time} ${pick(LEVELS)} [worker-${next(16)}] trace=${id(4)} span=${id(2)} ` +
    `user=${id(4)} method=${pick(METHODS)} path=/api/v1/${pick(PATHS)}/${next(1_000_000)} status=${
      200 + 100 * next(4)
    } ` +
    `duration_ms=${next(2000)} bytes=${next(65_536)} ` +
    `client=10.${next(256)}.${next(256)}.${next(256)} "${pick(NOTES)}" `
}

const noise = (bytes: number, next: Next): Buffer => {
  const value = Buffer.allocUnsafe(bytes)
  for (let i = 0; i < bytes; i++) value[i] = next(256)
  return value
}
