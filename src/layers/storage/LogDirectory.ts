// What lies in the data directory beside the partitions: the marker of a clean stop, and the
// checkpoints that say how far each log is on the device, where it starts, and how far it is compact.
import * as Effect from "effect/Effect"
import * as Checkpoint from "../../domain/log/Checkpoint.ts"
import * as Topic from "../../domain/Topic.ts"
import { type Disk, type DiskError, orAbsent } from "../disk/Disk.ts"

export const CLEAN_MARKER = ".kafka_cleanshutdown"
export const RECOVERY_POINTS = "recovery-point-offset-checkpoint"
export const START_OFFSETS = "log-start-offset-checkpoint"
export const CLEANED_OFFSETS = "cleaner-offset-checkpoint"

/** Whether the last stop was a clean one. The marker is removed: the next stop has to earn it. */
export const takeCleanMarker = Effect.fnUntraced(function*(
  disk: Disk["Service"],
  directory: string
): Effect.fn.Return<boolean, DiskError> {
  const path = `${directory}/${CLEAN_MARKER}`
  const isClean = (yield* disk.stat(path)) !== undefined
  if (isClean) {
    yield* disk.remove(path)
    yield* disk.syncDirectory(directory)
  }
  return isClean
})

export const leaveCleanMarker = (
  disk: Disk["Service"],
  directory: string
): Effect.Effect<void, DiskError> =>
  disk.writeFileAtomic(`${directory}/${CLEAN_MARKER}`, Buffer.from("{\"version\":0}\n"))

/** Offsets by partition, "orders-0" -> 42. A checkpoint that cannot be read is as if there were none. */
export type Offsets = ReadonlyMap<string, number>

const readOffsets = (
  disk: Disk["Service"],
  path: string
): Effect.Effect<Offsets, DiskError> =>
  orAbsent(disk.readFile(path)).pipe(
    Effect.map((bytes) => Checkpoint.parseOffsets(bytes?.toString("utf8") ?? "") ?? []),
    Effect.map((entries) =>
      new Map(entries.map((entry) => [Topic.format(entry.topic, entry.partition), entry.offset]))
    )
  )

const writeOffsets = (
  disk: Disk["Service"],
  path: string,
  entries: Iterable<Checkpoint.CheckpointEntry>
): Effect.Effect<void, DiskError> =>
  disk.writeFileAtomic(path, Buffer.from(Checkpoint.formatOffsets(entries)))

export const readRecoveryPoints = (disk: Disk["Service"], directory: string) =>
  readOffsets(disk, `${directory}/${RECOVERY_POINTS}`)

export const writeRecoveryPoints = (
  disk: Disk["Service"],
  directory: string,
  entries: Iterable<Checkpoint.CheckpointEntry>
) => writeOffsets(disk, `${directory}/${RECOVERY_POINTS}`, entries)

export const readStartOffsets = (disk: Disk["Service"], directory: string) =>
  readOffsets(disk, `${directory}/${START_OFFSETS}`)

export const writeStartOffsets = (
  disk: Disk["Service"],
  directory: string,
  entries: Iterable<Checkpoint.CheckpointEntry>
) => writeOffsets(disk, `${directory}/${START_OFFSETS}`, entries)

export const readCleanedOffsets = (disk: Disk["Service"], directory: string) =>
  readOffsets(disk, `${directory}/${CLEANED_OFFSETS}`)

export const writeCleanedOffsets = (
  disk: Disk["Service"],
  directory: string,
  entries: Iterable<Checkpoint.CheckpointEntry>
) => writeOffsets(disk, `${directory}/${CLEANED_OFFSETS}`, entries)
