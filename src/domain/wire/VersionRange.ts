// Ranges of versions as Kafka writes them: "0-4", "3+", "7", "none".

export interface VersionRange {
  readonly min: number
  readonly max: number
}

/** Larger than any version of any API. */
export const UNBOUNDED = 32767
export const NONE: VersionRange = { min: 1, max: 0 }

/** Reads "0-4", "3+", "7" or "none"; throws on anything else, since ranges are written by us. */
export const parse = (text: string): VersionRange => {
  if (text === "none") return NONE
  const match = /^(\d+)(?:(\+)|-(\d+))?$/.exec(text)
  if (match === null) throw new Error(`"${text}" is not a range of versions`)
  const min = Number(match[1])
  const max = match[2] === "+" ? UNBOUNDED : match[3] === undefined ? min : Number(match[3])
  if (max < min) throw new Error(`"${text}" is not a range of versions`)
  return { min, max }
}

export const contains = (range: VersionRange, version: number): boolean =>
  version >= range.min && version <= range.max

export const format = (range: VersionRange): string =>
  range.min > range.max
    ? "none"
    : range.max === UNBOUNDED
    ? `${range.min}+`
    : range.min === range.max
    ? `${range.min}`
    : `${range.min}-${range.max}`
