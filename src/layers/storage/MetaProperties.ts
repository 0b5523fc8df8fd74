// meta.properties: whose data a directory holds. The cluster's id is made once, with the directory;
// a broker with another node.id refuses to use it. The same file as Kafka's.
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { randomBytes } from "node:crypto"
import type { Disk } from "../disk/Disk.ts"

export class MetaPropertiesError extends Data.TaggedError("MetaPropertiesError")<{
  readonly path: string
  readonly detail: string
}> {
  override get message(): string {
    return `${this.path}: ${this.detail}`
  }
}

const FILE = "meta.properties"

/** The id of the cluster whose data lies here: 22 characters, 16 bytes in URL-safe base64. */
export const clusterId = Effect.fnUntraced(function*(
  disk: Disk["Service"],
  directory: string,
  nodeId: number
) {
  const path = `${directory}/${FILE}`
  if ((yield* disk.stat(path)) === undefined) {
    const made = randomBytes(16).toString("base64url")
    const text = `version=1\ncluster.id=${made}\nnode.id=${nodeId}\n`
    yield* disk.writeFileAtomic(path, Buffer.from(text))
    return made
  }
  const text = (yield* disk.readFile(path)).toString("utf8")
  const found = /^cluster\.id=(\S+)$/m.exec(text)?.[1]
  const owner = /^node\.id=(\d+)$/m.exec(text)?.[1]
  if (found === undefined || owner === undefined) {
    return yield* new MetaPropertiesError({ path, detail: "it names no cluster.id and node.id" })
  }
  if (Number(owner) !== nodeId) {
    return yield* new MetaPropertiesError({
      path,
      detail: `the data is that of node ${owner}, this broker is node ${nodeId}: ` +
        "change node.id, or give it another log.dirs"
    })
  }
  return found
})
