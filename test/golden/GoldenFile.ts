// The form in which captured frames are kept: a text file a person can read and diff. Lines that
// begin with # are comment (which client and broker, when); the rest are bytes in hex, 32 a line,
// without the four bytes of the size and with the header.
// The name says the rest: <Api>.v<version>[.<variant>].<request|response>.hex. A request and the
// response of the same name belong together; a variant is another client's or codec's exchange.
import * as fs from "node:fs"
import * as path from "node:path"

const BYTES_PER_LINE = 32
const NAME = /^([A-Za-z]+)\.v(\d+)(?:\.([a-z0-9]+))?\.(request|response)\.hex$/

export interface GoldenFile {
  readonly api: string
  readonly version: number
  /** Empty for the first exchange of an API and version. */
  readonly variant: string
  readonly direction: "request" | "response"
  readonly path: string
}

/** Every golden file of a directory, this one by default, in the order of their names. */
export const list = (directory: string = import.meta.dirname): ReadonlyArray<GoldenFile> =>
  fs.readdirSync(directory).sort().flatMap((file) => {
    const [, api, version, variant, direction] = NAME.exec(file) ?? []
    if (api === undefined || (direction !== "request" && direction !== "response")) return []
    return [{
      api,
      version: Number(version),
      variant: variant ?? "",
      direction,
      path: path.join(directory, file)
    }]
  })

export const read = (file: string): { readonly comment: string; readonly bytes: Buffer } => {
  const lines = fs.readFileSync(file, "utf8").split("\n")
  const isComment = (line: string) => line.startsWith("#")
  const hex = lines.filter((line) => !isComment(line)).join("").replaceAll(/\s/g, "")
  if (!/^(?:[0-9a-f]{2})*$/.test(hex)) throw new Error(`${file}: not lines of hex bytes`)
  return {
    comment: lines.filter(isComment).map((line) => line.replace(/^# ?/, "")).join("\n"),
    bytes: Buffer.from(hex, "hex")
  }
}

/** The file's name for an exchange. */
export const nameOf = (file: Omit<GoldenFile, "path">): string =>
  [
    file.api,
    `v${file.version}`,
    ...(file.variant === "" ? [] : [file.variant]),
    file.direction,
    "hex"
  ]
    .join(".")

export const write = (file: string, comment: ReadonlyArray<string>, bytes: Buffer): void => {
  const lines = comment.map((line) => `# ${line}`)
  for (let at = 0; at < bytes.length; at += BYTES_PER_LINE) {
    lines.push(bytes.subarray(at, at + BYTES_PER_LINE).toString("hex"))
  }
  fs.writeFileSync(file, lines.join("\n") + "\n")
}
