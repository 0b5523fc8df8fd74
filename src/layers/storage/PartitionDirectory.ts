// The directory of one partition, and the two small files that say whose it is (partition.metadata,
// with the topic's id) and who led it since which offset (leader-epoch-checkpoint), in Kafka's forms.
// It is made when the first record comes: an empty partition is only a line in the catalog.
import * as Effect from "effect/Effect"
import * as Checkpoint from "../../domain/log/Checkpoint.ts"
import type { TopicId } from "../../domain/Topic.ts"
import type { Disk, DiskError } from "../disk/Disk.ts"

export const METADATA = "partition.metadata"
export const EPOCHS = "leader-epoch-checkpoint"
/** Ends the name of a directory whose topic was deleted: it is being removed. */
export const DELETE_SUFFIX = "-delete"
/** Ends the name of one that belongs to no known topic: it is left alone. */
export const STRAY_SUFFIX = "-stray"

/** A single broker leads from the beginning on. */
export const FIRST_EPOCHS: ReadonlyArray<Checkpoint.EpochStart> = [{ epoch: 0, startOffset: 0 }]

export const create = Effect.fnUntraced(function*(
  disk: Disk["Service"],
  directory: string,
  topicId: TopicId
): Effect.fn.Return<void, DiskError> {
  yield* disk.makeDirectory(directory)
  const metadata = `version: 0\ntopic_id: ${encodeId(topicId)}`
  yield* disk.writeFileAtomic(
    `${directory}/${EPOCHS}`,
    Buffer.from(Checkpoint.formatEpochs(FIRST_EPOCHS))
  )
  yield* disk.writeFileAtomic(`${directory}/${METADATA}`, Buffer.from(metadata))
})

/** Undefined when the file is missing or cannot be read. */
export const topicIdOf = (
  disk: Disk["Service"],
  directory: string
): Effect.Effect<TopicId | undefined> =>
  disk.readFile(`${directory}/${METADATA}`).pipe(
    Effect.map((bytes) => decodeId(/topic_id: (\S+)/.exec(bytes.toString("utf8"))?.[1])),
    Effect.orElseSucceed(() => undefined)
  )

export const epochsOf = (
  disk: Disk["Service"],
  directory: string
): Effect.Effect<ReadonlyArray<Checkpoint.EpochStart>> =>
  disk.readFile(`${directory}/${EPOCHS}`).pipe(
    Effect.map((bytes) => Checkpoint.parseEpochs(bytes.toString("utf8")) ?? []),
    Effect.map((epochs) => epochs.length === 0 ? FIRST_EPOCHS : epochs),
    Effect.orElseSucceed(() => FIRST_EPOCHS)
  )

/** Kafka writes ids as 22 characters of URL-safe base64. */
const encodeId = (topicId: TopicId): string =>
  Buffer.from(topicId.replaceAll("-", ""), "hex").toString("base64url")

const decodeId = (text: string | undefined): TopicId | undefined => {
  if (text === undefined) return undefined
  const hex = Buffer.from(text, "base64url").toString("hex")
  const parts = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/.exec(hex)
  return parts === null ? undefined : parts.slice(1).join("-")
}
