// The small files of a data directory, as the doctor reads them: whole where they are of a sensible size,
// and what is wrong with them as a finding instead of a failure.
import * as Effect from "effect/Effect"
import { type Disk, type DiskError, orAbsent } from "../../../layers/disk/Disk.ts"
import type { Finding } from "./Finding.ts"

/** No checkpoint, catalog or snapshot is larger. */
const BYTES_MAX = 256 * 1024 * 1024

/** The content; undefined where there is no file, a text where it cannot be read and why. */
export const read = (
  disk: Disk["Service"],
  path: string,
  bytesMax = BYTES_MAX
): Effect.Effect<Buffer | string | undefined, DiskError> =>
  Effect.flatMap(disk.stat(path), (stat) => {
    const sizeBytes = stat?.sizeBytes ?? 0
    return sizeBytes > bytesMax
      ? Effect.succeed(`it has ${sizeBytes} bytes, more than ${bytesMax}`)
      : Effect.catch(
        orAbsent(disk.readFile(path)) as Effect.Effect<Buffer | string | undefined, DiskError>,
        (error) => Effect.succeed(error.message)
      )
  })

/** Parses a text; what it cannot make sense of becomes the finding. */
export const parsed = <A>(
  content: Buffer | string | undefined,
  parse: (text: string) => A | undefined,
  finding: Finding
): { readonly value: A | undefined; readonly findings: ReadonlyArray<Finding> } => {
  if (content === undefined) return { value: undefined, findings: [] }
  if (typeof content === "string") {
    return { value: undefined, findings: [{ ...finding, detail: `${finding.detail}: ${content}` }] }
  }
  const value = parse(content.toString("utf8"))
  return { value, findings: value === undefined ? [finding] : [] }
}
