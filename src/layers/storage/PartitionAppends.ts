// From appends to the shards of their partitions: who takes them, in which order, and who is told when all
// of a request are written. What is refused without a look at the log is refused here.
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { ErrorCode } from "../../domain/ErrorCode.ts"
import * as Ended from "../shards/Ended.ts"
import { AT_ONCE_BYTES, type Job, type ShardPool } from "../shards/ShardPool.ts"
import type { Partition } from "./Partition.ts"
import type { PartitionLog } from "./PartitionLog.ts"
import type { Acks, Append, Appended, PartitionLogs } from "./PartitionLogs.ts"
import type { Partitions } from "./Partitions.ts"

type Appends = Pick<PartitionLogs["Service"], "append" | "appendNow" | "appendAtOnce">

/** As a device takes long even for little, a large write that is synced waits for so much more. */
const SYNC_COMPANY = 16

/**
 * The bytes that an append counts for in its shard. One that alone is enough for a write would go
 * alone: where it is synced it counts less, so that those that have come with it share its sync (a
 * producer with five batches of 128 KB in flight gains two thirds).
 */
const weightOf = (log: PartitionLog, { length }: Buffer, acks: Acks): number =>
  length >= AT_ONCE_BYTES && log.mayAskDevice(acks) ? length / SYNC_COMPANY : length

export const make = (
  partitions: Pick<Partitions, "get">,
  shards: Pick<ShardPool["Service"], "submit">
): Appends => {
  const appendNow: Appends["appendNow"] = (appends, acks, hasMore = false) => {
    const done = Deferred.makeUnsafe<ReadonlyArray<Appended>>()
    const results: Array<Appended> = []
    let left = appends.length
    const finish = (index: number, result: Appended): void => {
      results[index] = result
      if (--left === 0) Deferred.doneUnsafe(done, Exit.succeed(results))
    }
    const byShard = new Map<number, { readonly jobs: Array<Job>; bytes: number }>()
    for (let i = 0; i < appends.length; i++) {
      const { partition, records, topic } = appends[i]!
      const found = partitions.get(topic, partition)
      const refused = refusal(found, acks)
      if (refused !== undefined || found === undefined) {
        finish(i, refused!)
        continue
      }
      const command = { records, acks, done: (result: Appended) => finish(i, result) }
      const job: Job = (turn) => found.log.enqueue(command, turn)
      const bytes = weightOf(found.log, records, acks)
      const known = byShard.get(found.shard)
      if (known === undefined) byShard.set(found.shard, { jobs: [job], bytes })
      else {
        known.jobs.push(job)
        known.bytes += bytes
      }
    }
    if (appends.length === 0) Deferred.doneUnsafe(done, Exit.succeed(results))
    let inLine = Effect.void
    for (const [shard, { bytes, jobs }] of byShard) {
      const job: Job = jobs.length === 1
        ? jobs[0]!
        : (turn) => jobs.forEach((job) => job(turn))
      inLine = Ended.flatMap(inLine, () => shards.submit(shard, job, bytes, hasMore))
    }
    return Ended.map(inLine, () => done)
  }

  const appendAtOnce = (
    { partition, records, topic }: Append,
    acks: Acks,
    done: (appended: Appended) => void
  ): Effect.Effect<void> => {
    const found = partitions.get(topic, partition)
    const refused = refusal(found, acks)
    if (refused !== undefined || found === undefined) {
      done(refused!)
      return Effect.void
    }
    const { log, shard } = found
    const bytes = log.mayAskDevice(acks) ? weightOf(log, records, acks) : Infinity
    return shards.submit(shard, (turn) => log.enqueue({ records, acks, done }, turn), bytes)
  }

  return {
    append: (appends, acks) => Effect.suspend(() => appendNow(appends, acks)),
    appendNow,
    appendAtOnce
  }
}

/** Why an append cannot even stand in line. */
const refusal = (partition: Partition | undefined, acks: Acks): Appended | undefined => {
  if (partition === undefined) {
    return refused(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "there is no such partition")
  }
  const { minInsyncReplicas } = partition.log.world.config()
  return acks === -1 && minInsyncReplicas > 1
    ? refused(
      ErrorCode.NOT_ENOUGH_REPLICAS,
      `min.insync.replicas is ${minInsyncReplicas}, and there is one replica`
    )
    : undefined
}

const refused = (errorCode: number, message: string): Appended => ({
  errorCode,
  errorMessage: message,
  baseOffset: -1,
  logAppendTimeMs: -1,
  logStartOffset: -1
})
