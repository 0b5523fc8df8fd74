// Looks at one partition's directory: its small files, then each segment with its indexes, then the
// snapshots. One segment at a time is open, and of it one piece in memory.
import * as Effect from "effect/Effect"
import * as Checkpoint from "../../../domain/log/Checkpoint.ts"
import * as OffsetIndexFile from "../../../domain/log/OffsetIndex.ts"
import * as ProducerSnapshot from "../../../domain/log/ProducerSnapshot.ts"
import * as SegmentName from "../../../domain/log/SegmentName.ts"
import * as TimeIndexFile from "../../../domain/log/TimeIndex.ts"
import { NO_TIMESTAMP } from "../../../domain/Offset.ts"
import * as RecordBatch from "../../../domain/record/RecordBatch.ts"
import type { Disk, DiskError } from "../../../layers/disk/Disk.ts"
import * as PartitionDirectory from "../../../layers/storage/PartitionDirectory.ts"
import { type Finding, type PartitionReport, verdictOf } from "./Finding.ts"
import * as IndexJudge from "./IndexJudge.ts"
import * as LogJudge from "./LogJudge.ts"
import * as PartitionNames from "./PartitionNames.ts"
import * as SegmentWalk from "./SegmentWalk.ts"
import * as SmallFiles from "./SmallFiles.ts"

export interface Partition extends LogJudge.Expected {
  /** "orders-0", the name of its directory. */
  readonly name: string
  /** As the catalog has it; undefined where it does not know the topic. */
  readonly topicId: string | undefined
}

export const check = Effect.fnUntraced(function*(
  disk: Disk["Service"],
  root: string,
  partition: Partition
): Effect.fn.Return<PartitionReport, DiskError> {
  const { name } = partition
  const names = (yield* disk.list(`${root}/${name}`)).map((entry) => entry.name)
  const sorted = PartitionNames.sort(name, names)
  const findings: Array<Finding> = [...sorted.findings]
  const leaderEpochMax = yield* checkOwner(disk, root, partition, findings)
  const baseOffsets = sorted.segments.map(({ baseOffset }) => baseOffset)
  const scanned = LogJudge.scannedFrom(baseOffsets, partition)
  const walked: Array<LogJudge.WalkedSegment> = []
  for (const [i, files] of sorted.segments.entries()) {
    const isLast = i === sorted.segments.length - 1
    const place = { leaderEpochMax, isLast, isScanned: i >= scanned }
    walked.push(yield* checkSegment(disk, root, partition, files, place, findings))
  }
  findings.push(...LogJudge.judge(name, walked, partition))
  const logEndOffset = walked.at(-1)?.nextOffset ?? partition.logStartOffset ?? 0
  for (const offset of sorted.snapshots) {
    const file = `${name}/${SegmentName.format(offset, SegmentName.SNAPSHOT_SUFFIX)}`
    const content = yield* SmallFiles.read(disk, `${root}/${file}`)
    findings.push(...judgeSnapshot(file, content, offset, logEndOffset))
  }
  return {
    partition: name,
    segments: walked.length,
    records: walked.reduce((sum, { records }) => sum + records, 0),
    bytes: walked.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    logStartOffset: Math.max(baseOffsets[0] ?? 0, partition.logStartOffset ?? 0),
    logEndOffset,
    maxTimestamp: walked.reduce((max, it) => Math.max(max, it.maxTimestamp), NO_TIMESTAMP),
    verdict: verdictOf(findings),
    findings
  }
})

/** Whose directory it is, and who led it; gives the newest leader epoch. */
const checkOwner = Effect.fnUntraced(function*(
  disk: Disk["Service"],
  root: string,
  { name, topicId }: Partition,
  findings: Array<Finding>
): Effect.fn.Return<number, DiskError> {
  const found = yield* PartitionDirectory.topicIdOf(disk, `${root}/${name}`)
  const file = `${name}/${PartitionDirectory.METADATA}`
  // Of a topic that nobody knows it is told elsewhere that its directory is a stray.
  if (found === undefined && topicId !== undefined) {
    findings.push({
      level: "warning",
      file,
      detail: "it is missing, or names no topic id",
      advice: "The next start writes it anew, with the id that the catalog has for the topic."
    })
  } else if (topicId !== undefined && topicId !== found) {
    findings.push({
      level: "error",
      file,
      detail: `the directory belongs to a topic with id ${found}, the catalog has ${topicId}`,
      advice: "The next start puts the directory aside and begins an empty log. " +
        "If the records are this topic's, set topic_id right first."
    })
  }
  const epochsFile = `${name}/${PartitionDirectory.EPOCHS}`
  const epochs = SmallFiles.parsed(
    yield* SmallFiles.read(disk, `${root}/${epochsFile}`),
    Checkpoint.parseEpochs,
    {
      level: "warning",
      file: epochsFile,
      detail: "it cannot be parsed",
      advice: "The next start takes the log as led by one broker from its beginning on."
    }
  )
  findings.push(...epochs.findings)
  return epochs.value?.at(-1)?.epoch ?? PartitionDirectory.FIRST_EPOCHS.at(-1)!.epoch
})

interface SegmentPlace {
  readonly leaderEpochMax: number
  readonly isLast: boolean
  /** The next start makes its indexes anew. */
  readonly isScanned: boolean
}

const checkSegment = Effect.fnUntraced(function*(
  disk: Disk["Service"],
  root: string,
  { isClean, mayHaveHoles, name }: Partition,
  files: PartitionNames.SegmentFiles,
  { isLast, isScanned, leaderEpochMax }: SegmentPlace,
  findings: Array<Finding>
): Effect.fn.Return<LogJudge.WalkedSegment, DiskError> {
  const path = `${name}/${files.name}`
  const isComplete = isClean || !isLast
  return yield* Effect.acquireUseRelease(
    disk.open(`${root}/${path}`, { create: false }),
    Effect.fnUntraced(function*(file) {
      const { baseOffset } = files
      const { sizeBytes } = file
      const indexes = sizeBytes === 0 ? NO_INDEXES : yield* readIndexes(
        disk,
        `${root}/${name}`,
        files,
        sizeBytes,
        isComplete && !isScanned
      )
      const walked = yield* SegmentWalk.walk({
        file,
        baseOffset,
        sizeBytes,
        bounds: { mayHaveHoles, leaderEpochMax },
        index: indexes.offsets,
        judges: indexes.judges.map(({ judge }) => judge)
      })
      for (const { detail, file, isPassed } of indexes.problems) {
        const level = isPassed === true ? "note" : "warning"
        const advice = isPassed === true ? "Reads do without it." : MADE_ANEW
        findings.push({ level, file: `${name}/${file}`, detail, advice })
      }
      for (const { file, judge } of indexes.judges) {
        findings.push(...judgeIndex(`${name}/${file}`, judge.end(), isScanned))
      }
      return { ...walked, baseOffset, file: path, sizeBytes }
    }),
    (file) => file.close
  )
})

const MADE_ANEW = "It is made anew from the log when it is needed."

interface Indexes {
  readonly offsets: OffsetIndexFile.OffsetIndex | undefined
  readonly judges: ReadonlyArray<{ readonly file: string; readonly judge: IndexJudge.IndexJudge }>
  readonly problems: ReadonlyArray<Problem>
}

interface Problem {
  readonly file: string
  readonly detail: string
  /** The broker goes on with the file as it is. */
  readonly isPassed?: true
}

const NO_INDEXES: Indexes = { offsets: undefined, judges: [], problems: [] }

/** `isWanted`: both should be there, and complete. */
const readIndexes = Effect.fnUntraced(function*(
  disk: Disk["Service"],
  directory: string,
  { baseOffset, name, offsetIndex, timeIndex }: PartitionNames.SegmentFiles,
  segmentBytes: number,
  isWanted: boolean
): Effect.fn.Return<Indexes, DiskError> {
  // Every batch has an entry at most, and none is smaller than its header.
  const entriesMax = Math.ceil(segmentBytes / RecordBatch.HEADER_BYTES) + 1
  const problems: Array<Problem> = []
  const judges: Array<{ file: string; judge: IndexJudge.IndexJudge }> = []
  const take = Effect.fnUntraced(function*(file: string | undefined, entryBytes: number) {
    if (file === undefined) return undefined
    const content = yield* SmallFiles.read(disk, `${directory}/${file}`, entriesMax * entryBytes)
    if (Buffer.isBuffer(content)) {
      const torn = content.length % entryBytes
      if (torn > 0) problems.push({ file, detail: "it ends within an entry", isPassed: true })
      return content
    }
    problems.push({ file, detail: content ?? "it is missing" })
    return undefined
  })
  if (isWanted && name.endsWith(SegmentName.LOG_SUFFIX) && !(offsetIndex && timeIndex)) {
    const suffix = offsetIndex === undefined ? "an offset index" : "a time index"
    problems.push({ file: name, detail: `the segment has not ${suffix}` })
  }
  let offsets: OffsetIndexFile.OffsetIndex | undefined
  const offsetBytes = yield* take(offsetIndex, OffsetIndexFile.ENTRY_BYTES)
  if (offsetBytes !== undefined) {
    const index = new OffsetIndexFile.OffsetIndex(baseOffset, offsetBytes)
    if (index.isSane(segmentBytes)) {
      offsets = index
      judges.push({ file: offsetIndex!, judge: IndexJudge.ofOffsets(index) })
    } else {problems.push({
        file: offsetIndex!,
        detail: "its entries do not grow, or leave the log"
      })}
  }
  const timeBytes = yield* take(timeIndex, TimeIndexFile.ENTRY_BYTES)
  if (timeBytes !== undefined) {
    const index = new TimeIndexFile.TimeIndex(baseOffset, timeBytes)
    if (index.isSane()) {
      judges.push({ file: timeIndex!, judge: IndexJudge.ofTimes(index, isWanted) })
    } else problems.push({ file: timeIndex!, detail: "its entries do not grow" })
  }
  return { offsets, judges, problems }
})

const judgeIndex = (
  file: string,
  found: IndexJudge.WrongEntries | undefined,
  isScanned: boolean
): ReadonlyArray<Finding> => {
  if (found === undefined) return []
  const { detail, entries, offset, position, wrong } = found
  return [{
    level: isScanned ? "warning" : "error",
    file,
    position,
    offset,
    detail: `${detail} (${wrong} of ${entries} entries are wrong)`,
    advice: isScanned
      ? "The next start makes it anew."
      : "Reads that use it fail or miss records: stop the broker and remove the file, " +
        "and it is made anew from the log."
  }]
}

const judgeSnapshot = (
  file: string,
  content: Buffer | string | undefined,
  offset: number,
  logEndOffset: number
): ReadonlyArray<Finding> => {
  const detail = Buffer.isBuffer(content) ? ProducerSnapshot.unsound(content) : content
  if (detail !== undefined) {
    return [{
      level: "warning",
      file,
      offset,
      detail,
      advice:
        "The next start uses an older one, or reads the log; a producer may not be known again."
    }]
  }
  if (offset <= logEndOffset) return []
  return [{
    level: "warning",
    file,
    offset,
    detail: `it tells of producers beyond the log's end, ${logEndOffset}`,
    advice: "The next start removes it."
  }]
}
