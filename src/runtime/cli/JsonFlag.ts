// --json, as every command has it.
import * as Flag from "effect/cli/Flag"

export const json = Flag.Boolean("json").pipe(
  Flag.withDescription("Print JSON, for programs"),
  Flag.withDefault(false)
)

/** Whether a command line asks for it: known before it is parsed, and also when it cannot be. */
export const isAsked = (given: ReadonlyArray<string>): boolean => {
  const end = given.indexOf("--")
  return (end < 0 ? given : given.slice(0, end)).includes("--json")
}
