// One setting as a value: its name, type, default, what is allowed, and a sentence on what it does.
// Tables of these are what DescribeConfigs answers, what a start or a change is checked against, and
// what docs/configuration.md is written from.

/** The numbers of DescribeConfigs (ConfigType). */
export const TYPE = {
  BOOLEAN: 1,
  STRING: 2,
  INT: 3,
  SHORT: 4,
  LONG: 5,
  DOUBLE: 6,
  LIST: 7,
  CLASS: 8,
  PASSWORD: 9
} as const
export type TypeName = keyof typeof TYPE

export interface ConfigDefinition {
  readonly name: string
  readonly type: TypeName
  /** As text; null where there is none. */
  readonly defaultValue: string | null
  readonly documentation: string
  /** Of a number. */
  readonly min?: number
  readonly max?: number
  /** Of a value as it is written, or of each element of a list. */
  readonly oneOf?: ReadonlyArray<string>
  /** What to do instead, told after what is allowed. */
  readonly advice?: string
  /** False: it is known, reported and accepted, but changes nothing here. */
  readonly isEffective: boolean
  /** Broker settings that it falls back on, first one first. */
  readonly synonyms: ReadonlyArray<string>
}

export const LONG_MAX = "9223372036854775807"

/** What each type of number can hold: all of them whole, but DOUBLE. */
const WHOLE: Partial<Record<TypeName, readonly [bigint, bigint]>> = {
  INT: [-2147483648n, 2147483647n],
  SHORT: [-32768n, 32767n],
  LONG: [-9223372036854775808n, 9223372036854775807n]
}

/** A number in text, LONG_MAX becoming the largest safe integer, which no clock or disk reaches. */
export const toNumber = (text: string): number =>
  Math.max(Math.min(Number(text), Number.MAX_SAFE_INTEGER), -Number.MAX_SAFE_INTEGER)

export const toList = (text: string): ReadonlyArray<string> =>
  text.split(",").map((item) => item.trim()).filter((item) => item !== "")

export const toBoolean = (text: string): boolean => text.trim().toLowerCase() === "true"

/** What is wrong with a value and what is allowed; undefined when it is good. */
export const check = (definition: ConfigDefinition, text: string): string | undefined => {
  const wanted = wrong(definition, text.trim())
  if (wanted === undefined) return undefined
  const { advice, name, type } = definition
  const shown = type === "PASSWORD" ? "[hidden]" : JSON.stringify(text)
  const also = advice === undefined ? "" : `; ${advice}`
  return `Invalid value ${shown} for configuration ${name}: ${wanted}${also}`
}

const BOOLEANS = ["true", "false"]

const wrong = (definition: ConfigDefinition, value: string): string | undefined => {
  const { oneOf, type } = definition
  switch (type) {
    case "BOOLEAN":
      return (oneOf ?? BOOLEANS).includes(value.toLowerCase())
        ? undefined
        : `it must be ${(oneOf ?? BOOLEANS).join(" or ")}`
    case "INT":
    case "SHORT":
    case "LONG":
    case "DOUBLE":
      return wrongNumber(definition, value)
    case "LIST":
      return oneOf === undefined || toList(value).every((item) => oneOf.includes(item))
        ? undefined
        : `each of its elements must be one of ${oneOf.join(", ")}`
    default:
      return oneOf === undefined || oneOf.includes(value)
        ? undefined
        : `it must be ${oneOf.length === 1 ? "" : "one of "}${oneOf.join(", ")}`
  }
}

const wrongNumber = (definition: ConfigDefinition, value: string): string | undefined => {
  const { max, min, oneOf, type } = definition
  const whole = WHOLE[type]
  const pattern = whole === undefined ? /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i : /^[+-]?\d+$/
  if (!pattern.test(value)) return whole === undefined ? "it must be a number" : WHOLE_NUMBER
  const number = Number(value)
  if (whole !== undefined) {
    const exact = BigInt(value.replace("+", ""))
    if (exact < whole[0] || exact > whole[1]) {
      return `it must be between ${min ?? whole[0]} and ${max ?? whole[1]}`
    }
  }
  if (oneOf !== undefined && !oneOf.includes(String(number))) {
    return `it must be one of ${oneOf.join(", ")}`
  }
  const isLow = min !== undefined && number < min
  const isHigh = max !== undefined && number > max
  if (!isLow && !isHigh) return undefined
  if (min !== undefined && max !== undefined) return `it must be between ${min} and ${max}`
  return isLow ? `it must be at least ${min}` : `it must be at most ${max}`
}

const WHOLE_NUMBER = "it must be a whole number"

/** A table's rows, made short to write: type, name, default, documentation, and what is special. */
export const define = (
  type: TypeName,
  name: string,
  defaultValue: string | null,
  documentation: string,
  special: Partial<ConfigDefinition> = {}
): ConfigDefinition => ({
  name,
  type,
  defaultValue,
  documentation,
  isEffective: true,
  synonyms: [],
  ...special
})
