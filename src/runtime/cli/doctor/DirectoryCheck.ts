// Looks at a data directory beside its partitions: whose it is, the catalog, the checkpoints, and which
// directories belong to whom. What it learns is what each partition is then held against.
import * as Effect from "effect/Effect"
import * as Checkpoint from "../../../domain/log/Checkpoint.ts"
import * as Topic from "../../../domain/Topic.ts"
import * as ProducerIds from "../../../layers/coordinator/ProducerIds.ts"
import type { Disk, DiskEntry, DiskError } from "../../../layers/disk/Disk.ts"
import * as CatalogFile from "../../../layers/storage/CatalogFile.ts"
import * as DirectoryLock from "../../../layers/storage/DirectoryLock.ts"
import * as LogDirectory from "../../../layers/storage/LogDirectory.ts"
import * as MetaProperties from "../../../layers/storage/MetaProperties.ts"
import * as PartitionDirectory from "../../../layers/storage/PartitionDirectory.ts"
import type { DirectoryReport, Finding, LastStop } from "./Finding.ts"
import type { Partition } from "./PartitionCheck.ts"
import * as SmallFiles from "./SmallFiles.ts"

export interface Checked {
  readonly report: DirectoryReport
  /** By topic and number. */
  readonly partitions: ReadonlyArray<Partition>
}

/** What the directory itself does not tell. */
export interface Situation {
  /** A broker is using it. */
  readonly isInUse: boolean
  /** Topics that say nothing else are compacted. */
  readonly compactsAll: boolean
}

type Catalog = ReadonlyMap<string, CatalogFile.CatalogEntry>

export const check = Effect.fnUntraced(function*(
  disk: Disk["Service"],
  directory: string,
  { compactsAll, isInUse }: Situation
): Effect.fn.Return<Checked, DiskError> {
  const findings: Array<Finding> = []
  const entries = yield* disk.list(directory)
  const owners = entries.filter(({ isDirectory }) => isDirectory)
    .flatMap(({ name }) => Topic.parse(name) ?? [])
    .sort((a, b) => a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition)
  const meta = yield* readMeta(disk, directory, owners.length > 0, findings)
  const catalog = yield* readCatalog(disk, directory, owners.length > 0, findings)
  const offsets = {
    recovery: yield* readOffsets(disk, directory, RECOVERY, findings),
    start: yield* readOffsets(disk, directory, START, findings),
    cleaned: yield* readOffsets(disk, directory, CLEANED, findings)
  }
  yield* readProducerIds(disk, directory, findings)
  findings.push(...judgeNames(entries))
  if (catalog !== undefined) {
    findings.push(...judgeOwners(owners, catalog))
    findings.push(...judgeLost(owners, catalog, offsets.recovery ?? new Map()))
  }
  const isClean = !isInUse && entries.some(({ name }) => name === LogDirectory.CLEAN_MARKER)
  const lastStop: LastStop = isInUse ? "running" : isClean ? "clean" : "unclean"
  const partitions = owners.map(({ partition, topic }): Partition => {
    const name = Topic.format(topic, partition)
    const entry = catalog?.get(topic)
    const cleanedTo = offsets.cleaned?.get(name)
    return {
      name,
      topicId: entry?.id,
      isClean,
      mayHaveHoles: compactsAll || cleanedTo !== undefined || offsets.cleaned === undefined ||
        (entry?.configs["cleanup.policy"] ?? "").includes("compact"),
      recoveryPoint: offsets.recovery?.get(name),
      logStartOffset: offsets.start?.get(name),
      cleanedTo
    }
  })
  const { clusterId, nodeId } = meta ?? {}
  return { report: { directory, clusterId, nodeId, lastStop, findings }, partitions }
})

/** Whether anything in the directory is a broker's. */
export const isDataDirectory = (entries: ReadonlyArray<DiskEntry>): boolean =>
  entries.some(({ isDirectory, name }) =>
    isDirectory
      ? Topic.parse(name) !== undefined
      : name === MetaProperties.FILE || name === CatalogFile.FILE
  )

const readMeta = Effect.fnUntraced(function*(
  disk: Disk["Service"],
  directory: string,
  hasPartitions: boolean,
  findings: Array<Finding>
) {
  const read = yield* Effect.result(MetaProperties.read(disk, directory))
  const file = MetaProperties.FILE
  if (read._tag === "Failure") {
    findings.push({
      level: "error",
      file,
      detail: detailOf(read.failure),
      advice: "No broker starts on it: put back a copy, or write cluster.id and node.id."
    })
    return undefined
  }
  if (read.success === undefined && hasPartitions) {
    findings.push({
      level: "warning",
      file,
      detail: "it is missing",
      advice: "The next start makes a new one: the cluster will have another id."
    })
  }
  return read.success
})

const readCatalog = Effect.fnUntraced(function*(
  disk: Disk["Service"],
  directory: string,
  hasPartitions: boolean,
  findings: Array<Finding>
): Effect.fn.Return<Catalog | undefined> {
  const file = CatalogFile.FILE
  const path = `${directory}/${file}`
  const isThere = (yield* Effect.orElseSucceed(disk.stat(path), () => undefined)) !== undefined
  const read = yield* Effect.result(CatalogFile.load(disk, path))
  if (read._tag === "Failure") {
    findings.push({
      level: "error",
      file,
      detail: detailOf(read.failure),
      advice: "No broker starts on it: put back a copy."
    })
    return undefined
  }
  if (!isThere && hasPartitions) {
    findings.push({
      level: "error",
      file,
      detail: "it is missing, so no topic is known",
      advice: "The next start puts all partitions aside as strays: put back a copy first."
    })
    return undefined
  }
  return new Map(read.success.map((entry) => [entry.name, entry]))
})

/** What an error of our own files says, without the path that is told beside it. */
const detailOf = (error: { readonly message: string; readonly detail?: string }): string =>
  error.detail ?? error.message

const RECOVERY = {
  file: LogDirectory.RECOVERY_POINTS,
  advice: "The next start reads all logs through, if the last stop was not clean."
}
const START = {
  file: LogDirectory.START_OFFSETS,
  advice: "Records that were deleted by request, and are still in their segments, come back."
}
const CLEANED = {
  file: LogDirectory.CLEANED_OFFSETS,
  advice: "Compaction begins anew with each log."
}

/** By partition; nothing is known where the file cannot be parsed. */
const readOffsets = Effect.fnUntraced(function*(
  disk: Disk["Service"],
  directory: string,
  { advice, file }: { readonly file: string; readonly advice: string },
  findings: Array<Finding>
): Effect.fn.Return<LogDirectory.Offsets | undefined, DiskError> {
  const content = yield* SmallFiles.read(disk, `${directory}/${file}`)
  if (content === undefined) return new Map()
  const detail = "it cannot be parsed as a checkpoint"
  const read = SmallFiles.parsed(content, Checkpoint.parseOffsets, {
    level: "warning",
    file,
    detail,
    advice
  })
  findings.push(...read.findings)
  return read.value &&
    new Map(read.value.map((it) => [Topic.format(it.topic, it.partition), it.offset]))
})

const readProducerIds = Effect.fnUntraced(function*(
  disk: Disk["Service"],
  directory: string,
  findings: Array<Finding>
) {
  const path = `${directory}/${ProducerIds.FILE}`
  const read = yield* Effect.result(ProducerIds.blockEndOf(disk, path))
  if (read._tag === "Success") return
  findings.push({
    level: "error",
    file: ProducerIds.FILE,
    detail: String(read.failure.cause),
    advice: "No broker starts on it."
  })
})

const KNOWN: ReadonlySet<string> = new Set([
  MetaProperties.FILE,
  CatalogFile.FILE,
  ProducerIds.FILE,
  DirectoryLock.LOCK,
  LogDirectory.CLEAN_MARKER,
  LogDirectory.RECOVERY_POINTS,
  LogDirectory.START_OFFSETS,
  LogDirectory.CLEANED_OFFSETS
])

/** What is neither a partition nor a file of the broker's. */
const judgeNames = (entries: ReadonlyArray<DiskEntry>): ReadonlyArray<Finding> =>
  entries.flatMap(({ isDirectory, name }): ReadonlyArray<Finding> => {
    const note = (detail: string, advice: string): ReadonlyArray<Finding> => [
      { level: "note", file: name, detail, advice }
    ]
    if (isDirectory && name.endsWith(PartitionDirectory.DELETE_SUFFIX)) {
      return note("a deleted topic's partition", "The next start removes it.")
    }
    if (isDirectory && name.endsWith(PartitionDirectory.STRAY_SUFFIX)) {
      return note("put aside, because no topic has it", "Remove it when you do not miss it.")
    }
    if (name.endsWith(".tmp")) return note("a write that was broken off", "It may be removed.")
    const isKnown = isDirectory ? Topic.parse(name) !== undefined : KNOWN.has(name)
    return isKnown ? [] : note("it is nothing of a broker's", "Brokers leave it alone.")
  })

/** Directories that the next start will put aside. */
const judgeOwners = (
  owners: ReadonlyArray<Topic.TopicPartition>,
  catalog: Catalog
): ReadonlyArray<Finding> =>
  owners.flatMap(({ partition, topic }): ReadonlyArray<Finding> => {
    const entry = catalog.get(topic)
    if (entry !== undefined && partition < entry.partitions) return []
    return [{
      level: "warning",
      file: Topic.format(topic, partition),
      detail: entry === undefined
        ? `the catalog has no topic "${topic}"`
        : `the catalog gives the topic "${topic}" only ${entry.partitions} partitions`,
      advice: "The next start puts the directory aside as a stray; its records are not served."
    }]
  })

/** Partitions that had records on the device, and have no directory any more. */
const judgeLost = (
  owners: ReadonlyArray<Topic.TopicPartition>,
  catalog: Catalog,
  recoveryPoints: LogDirectory.Offsets
): ReadonlyArray<Finding> => {
  const there = new Set(owners.map(({ partition, topic }) => Topic.format(topic, partition)))
  return [...recoveryPoints].flatMap(([name, offset]): ReadonlyArray<Finding> => {
    const owner = Topic.parse(name)
    const isServed = owner !== undefined &&
      owner.partition < (catalog.get(owner.topic)?.partitions ?? 0)
    if (!isServed || offset === 0 || there.has(name)) return []
    return [{
      level: "error",
      file: name,
      detail: `the directory is gone, and had records up to offset ${offset - 1}`,
      advice: "Put back a copy of it: else the partition begins anew at offset 0."
    }]
  })
}
