// Flags of a program from names and values: a flag without a value has none in its array.
export type Flags = Readonly<Record<string, string | number | ReadonlyArray<string>>>

export const words = (flags: Flags): ReadonlyArray<string> =>
  Object.entries(flags).flatMap(([name, value]) => [
    `--${name}`,
    ...(typeof value === "object" ? value : [String(value)])
  ])
