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
  /** Of a string, or of each element of a list. */
  readonly oneOf?: ReadonlyArray<string>
  /** False: it is known, reported and accepted, but changes nothing here. */
  readonly isEffective: boolean
  /** Broker settings that it falls back on, first one first. */
  readonly synonyms: ReadonlyArray<string>
}

export const LONG_MAX = "9223372036854775807"
const INT_MAX = 2147483647

const RANGE: Partial<Record<TypeName, readonly [number, number]>> = {
  INT: [-INT_MAX - 1, INT_MAX],
  SHORT: [-32768, 32767],
  LONG: [-Number(LONG_MAX), Number(LONG_MAX)],
  DOUBLE: [-Number.MAX_VALUE, Number.MAX_VALUE]
}

/** A number in text, LONG_MAX becoming the largest safe integer, which no clock or disk reaches. */
export const toNumber = (text: string): number =>
  Math.max(Math.min(Number(text), Number.MAX_SAFE_INTEGER), -Number.MAX_SAFE_INTEGER)

export const toList = (text: string): ReadonlyArray<string> =>
  text.split(",").map((item) => item.trim()).filter((item) => item !== "")

export const toBoolean = (text: string): boolean => text.trim().toLowerCase() === "true"

/** What is wrong with a value and what is allowed; undefined when it is good. */
export const check = (definition: ConfigDefinition, text: string): string | undefined => {
  const { name, type } = definition
  const value = text.trim()
  const wrong = (wanted: string) =>
    `Invalid value ${JSON.stringify(text)} for configuration ${name}: ${wanted}`
  switch (type) {
    case "BOOLEAN":
      return /^(true|false)$/i.test(value) ? undefined : wrong("it must be true or false")
    case "INT":
    case "SHORT":
    case "LONG":
    case "DOUBLE": {
      const pattern = type === "DOUBLE" ? /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i : /^[+-]?\d+$/
      if (!pattern.test(value)) {
        return wrong(type === "DOUBLE" ? "it must be a number" : "it must be a whole number")
      }
      const [min, max] = RANGE[type]!
      const low = Math.max(min, definition.min ?? min)
      const high = Math.min(max, definition.max ?? max)
      const number = Number(value)
      return number >= low && number <= high
        ? undefined
        : wrong(`it must be between ${low} and ${high}`)
    }
    case "LIST":
      return toList(value).every((item) => isAllowed(definition, item))
        ? undefined
        : wrong(`each of its elements must be one of ${definition.oneOf!.join(", ")}`)
    default:
      return isAllowed(definition, value)
        ? undefined
        : wrong(`it must be one of ${definition.oneOf!.join(", ")}`)
  }
}

const isAllowed = ({ oneOf }: ConfigDefinition, value: string): boolean =>
  oneOf === undefined || oneOf.includes(value)

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
