// A flag that takes a position ("start", "-10", "@10m"), refused with what would be one. Commands with such
// a flag say in their help what positions are (Position.HELP).
import * as Flag from "effect/cli/Flag"
import * as Position from "./Position.ts"

/** Throws what would have been right. */
const parse = (text: string): Position.Position => {
  const position = Position.parse(text)
  if (position === undefined) throw Position.EXAMPLES
  return position
}

export const make = (name: string, description: string): Flag.Flag<Position.Position> =>
  Flag.String(name).pipe(
    Flag.withMetavar("POSITION"),
    Flag.withDescription(description),
    Flag.mapTryCatch(parse, String)
  )
