// Java's properties text, in which Kafka's server.properties is written: comments, "=", ":" or space
// between name and value, escapes, and lines that go on. Source: java.util.Properties.load.

/** Later lines win. */
export const parse = (text: string): Record<string, string> => {
  const entries = Object.create(null) as Record<string, string> // Any name is a name, __proto__ too.
  for (const line of logicalLines(text)) {
    const match = /^((?:\\[\s\S]|[^\\=: \t\f])*)[ \t\f]*[=:]?[ \t\f]*([\s\S]*)$/.exec(line)
    if (match !== null) entries[unescape(match[1]!)] = unescape(match[2]!)
  }
  return entries
}

/** Lines without comments, those that end in an odd number of backslashes joined with the next. */
const logicalLines = (text: string): ReadonlyArray<string> => {
  const lines: Array<string> = []
  let open: string | undefined
  for (const raw of text.split(/\r\n|\r|\n/)) {
    const line = raw.replace(/^[ \t\f]+/, "")
    if (open === undefined && (line === "" || line.startsWith("#") || line.startsWith("!"))) {
      continue
    }
    const joined = (open ?? "") + line
    const goesOn = /(?:^|[^\\])(?:\\\\)*\\$/.test(joined)
    open = goesOn ? joined.slice(0, -1) : undefined
    if (!goesOn) lines.push(joined)
  }
  if (open !== undefined) lines.push(open)
  return lines
}

const ESCAPES: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r", f: "\f" }

const unescape = (text: string): string =>
  text.replace(
    /\\(?:u([0-9a-fA-F]{4})|([\s\S]))/g,
    (_, code: string | undefined, char: string) =>
      code === undefined ? ESCAPES[char] ?? char : String.fromCharCode(Number.parseInt(code, 16))
  )
