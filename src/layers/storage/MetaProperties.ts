// meta.properties: whose data a directory holds. The cluster's id is made once, with the directory;
// a broker with another node.id refuses to use it. The same file as Kafka's.
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { randomBytes } from "node:crypto"
import { type Disk, type DiskError, orAbsent } from "../disk/Disk.ts"

export class MetaPropertiesError extends Data.TaggedError("MetaPropertiesError")<{
  readonly path: string
  readonly detail: string
}> {
  override get message(): string {
    return `${this.path}: ${this.detail}`
  }
}

export const FILE = "meta.properties"
const VERSION = "1"

/** The id of the cluster whose data lies here: 22 characters, 16 bytes in URL-safe base64. */
export const clusterId = Effect.fnUntraced(function*(
  disk: Disk["Service"],
  directory: string,
  nodeId: number
) {
  const path = `${directory}/${FILE}`
  const found = yield* read(disk, directory)
  if (found === undefined) {
    const made = randomBytes(16).toString("base64url")
    const text = `version=${VERSION}\ncluster.id=${made}\nnode.id=${nodeId}\n`
    yield* disk.writeFileAtomic(path, Buffer.from(text))
    return made
  }
  if (found.nodeId !== nodeId) {
    return yield* new MetaPropertiesError({
      path,
      detail: `the data is that of node ${found.nodeId}, this broker is node ${nodeId}: ` +
        "change node.id, or give it another log.dirs"
    })
  }
  return found.clusterId
})

/** What the file says; undefined where there is none yet. */
export const read = Effect.fnUntraced(function*(
  disk: Disk["Service"],
  directory: string
): Effect.fn.Return<
  { readonly clusterId: string; readonly nodeId: number } | undefined,
  DiskError | MetaPropertiesError
> {
  const path = `${directory}/${FILE}`
  const bytes = yield* orAbsent(disk.readFile(path))
  if (bytes === undefined) return undefined
  const text = bytes.toString("utf8")
  const version = valueOf(text, "version")
  const found = valueOf(text, "cluster.id")
  const owner = valueOf(text, "node.id")
  if (found === undefined || owner === undefined || !/^\d+$/.test(owner)) {
    return yield* new MetaPropertiesError({ path, detail: "it names no cluster.id and node.id" })
  }
  if (version !== VERSION) {
    return yield* new MetaPropertiesError({
      path,
      detail: `its version is ${version}, this broker understands ${VERSION}`
    })
  }
  return { clusterId: found, nodeId: Number(owner) }
})

/** Of a line "name=value"; undefined where there is none. */
const valueOf = (text: string, name: string): string | undefined =>
  text.split(/\r?\n/)
    .find((line) => line.startsWith(`${name}=`))
    ?.slice(name.length + 1).trim() || undefined
