// How help reads: the flags that every command has are listed with `mymq --help` only, and choices are
// told once. Bold and colour only where they can be seen.
import * as CliOutput from "effect/cli/CliOutput"
import type * as HelpDoc from "effect/cli/HelpDoc"
import * as CliTerminal from "effect/cli/TerminalCapabilities"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/** What is told for a value whose choices stand in the flag's description. */
const PLACEHOLDERS: Readonly<Record<string, string>> = {
  completions: "SHELL",
  "log-level": "LEVEL"
}

const formatter = (isStyled: boolean): CliOutput.Formatter => {
  const usual = CliOutput.defaultFormatter({ colors: isStyled, globalFlags: "summary" })
  const format = usual.formatHelpDoc
  const formatHelpDoc = (doc: HelpDoc.HelpDoc): string => format(shortened(doc))
  return Object.assign(usual, { formatHelpDoc })
}

const shortened = (doc: HelpDoc.HelpDoc): HelpDoc.HelpDoc => ({
  ...doc,
  globalFlags: (doc.globalFlags ?? []).map((flag) => ({
    ...flag,
    type: PLACEHOLDERS[flag.name] ?? flag.type
  }))
})

export const layer: Layer.Layer<never> = Layer.effect(
  CliOutput.Formatter,
  Effect.map(CliTerminal.TerminalCapabilities, ({ canColor }) => formatter(canColor))
)
