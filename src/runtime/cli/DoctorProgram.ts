// What `mymq doctor` does: looks at a data directory and says what it found. It reads through a disk that
// cannot write, so that nothing is changed whatever happens.
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Topic from "../../domain/Topic.ts"
import { Disk, type DiskError } from "../../layers/disk/Disk.ts"
import * as ReadOnlyDisk from "../../layers/disk/ReadOnlyDisk.ts"
import * as DirectoryLock from "../../layers/storage/DirectoryLock.ts"
import * as DirectoryCheck from "./doctor/DirectoryCheck.ts"
import { type PartitionReport, summaryOf } from "./doctor/Finding.ts"
import * as PartitionCheck from "./doctor/PartitionCheck.ts"
import { ReportText } from "./doctor/ReportText.ts"
import { NotWell } from "./ExitCode.ts"
import * as Output from "./Output.ts"

/** There is nothing that could be looked at. */
export class DoctorError extends Data.TaggedError("DoctorError")<{ readonly detail: string }> {
  override get message(): string {
    return this.detail
  }
}

export interface Given {
  readonly directory: string
  readonly topic: Option.Option<string>
  readonly force: boolean
  readonly compacted: boolean
  readonly json: boolean
}

const examine = Effect.fnUntraced(function*(given: Given) {
  const { compacted, directory, force, json, topic } = given
  const disk = yield* Disk
  const { isStyled, write } = yield* Output.Output
  const holder = yield* holderOf(disk, directory)
  if (holder !== undefined && !force) {
    return yield* new DoctorError({
      detail: `${directory} is in use by process ${holder}: stop that broker first, or look with ` +
        "--force, which may take what is being written for damage"
    })
  }
  const checked = yield* DirectoryCheck.check(disk, directory, {
    isInUse: holder !== undefined,
    compactsAll: compacted
  })
  const asked = Option.getOrUndefined(topic)
  const partitions = checked.partitions.filter(({ name }) =>
    asked === undefined || Topic.parse(name)?.topic === asked
  )
  if (asked !== undefined && partitions.length === 0) {
    return yield* new DoctorError({ detail: `${directory} has no partition of topic "${asked}"` })
  }
  const text = new ReportText(partitions.map(({ name }) => name), isStyled)
  if (!json) yield* write(text.head(checked.report))
  const reports: Array<PartitionReport> = []
  for (const partition of partitions) {
    const report = yield* Effect.catch(
      PartitionCheck.check(disk, directory, partition),
      (error) => Effect.succeed(unreadable(partition, error))
    )
    reports.push(report)
    if (!json) yield* write(text.partition(report))
  }
  const summary = summaryOf(checked.report.findings, reports)
  yield* json
    ? Output.document({ ...checked.report, partitions: reports, summary })
    : write(text.summary(summary))
  if (summary.errors > 0) return yield* new NotWell()
})

/** Who has the directory; fails where that is none of a broker's. */
const holderOf = Effect.fnUntraced(function*(
  disk: Disk["Service"],
  directory: string
): Effect.fn.Return<string | undefined, DoctorError | DiskError> {
  const entries = yield* Effect.mapError(
    disk.list(directory),
    (error) => new DoctorError({ detail: `${directory} cannot be read: ${reasonOf(error)}` })
  )
  if (!DirectoryCheck.isDataDirectory(entries)) {
    return yield* new DoctorError({
      detail: `${directory} is no data directory: it has no meta.properties and no partitions`
    })
  }
  return yield* DirectoryLock.holderOf(disk, directory)
})

const reasonOf = ({ cause, reason }: DiskError): string =>
  reason === "notFound" ? "there is no such directory" : String(cause)

/** Of a partition whose files cannot be read at all. */
const unreadable = (
  { logStartOffset = 0, name }: PartitionCheck.Partition,
  error: DiskError
): PartitionReport => ({
  partition: name,
  segments: 0,
  records: 0,
  bytes: 0,
  logStartOffset,
  logEndOffset: logStartOffset,
  maxTimestamp: -1,
  verdict: "error",
  findings: [{
    level: "error",
    file: name,
    detail: error.message,
    advice: "Make it readable, and look again."
  }]
})

export const run = (given: Given) => Effect.provide(examine(given), ReadOnlyDisk.layer)
