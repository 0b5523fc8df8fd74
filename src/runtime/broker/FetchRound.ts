// One pass over a fetch's partitions: what can be read now, within the budget. A pass that found too
// little gives its buffers back and waits for the logs to grow; then another pass is made.
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../domain/ErrorCode.ts"
import * as Ended from "../../layers/shards/Ended.ts"
import type { PartitionLogs, ReadResult } from "../../layers/storage/PartitionLogs.ts"
import type { FetchPlan, PlannedPartition } from "./FetchPlan.ts"

type Logs = PartitionLogs["Service"]

export interface FetchedPartition {
  readonly asked: PlannedPartition
  readonly read: ReadResult
}

export interface FetchRound {
  readonly partitions: ReadonlyArray<FetchedPartition>
  readonly bytes: number
  readonly hasError: boolean
}

/**
 * Reads each partition, from when it is called, until the budget is spent; the first data found may
 * exceed it (KIP-74).
 */
export const read = (
  logs: Logs,
  plan: FetchPlan,
  fileBytesMin?: number
): Effect.Effect<FetchRound> => {
  const round: Filling = { partitions: [], bytes: 0, hasError: false }
  const readFrom = (index: number): Effect.Effect<FetchRound> => {
    for (let i = index; i < plan.partitions.length; i++) {
      const asked = plan.partitions[i]!
      const reading = readOne(logs, plan, asked, round.bytes, fileBytesMin)
      const ended = Ended.success(reading)
      if (ended === undefined) {
        return Effect.flatMap(reading, (read) => {
          add(round, asked, read)
          return readFrom(i + 1)
        })
      }
      add(round, asked, ended.value)
    }
    return Effect.succeed(round)
  }
  return readFrom(0)
}

interface Filling extends FetchRound {
  readonly partitions: Array<FetchedPartition>
  bytes: number
  hasError: boolean
}

const add = (round: Filling, asked: PlannedPartition, read: ReadResult): void => {
  round.bytes += read.records.length
  round.hasError ||= read.errorCode !== ErrorCode.NONE
  round.partitions.push({ asked, read })
}

const readOne = (
  logs: Logs,
  plan: FetchPlan,
  asked: PlannedPartition,
  bytes: number,
  fileBytesMin: number | undefined
) =>
  logs.read(asked.topic, asked.partition, {
    offset: asked.fetchOffset,
    bytesMax: Math.min(asked.bytesMax, Math.max(0, plan.bytesMax - bytes)),
    atLeastOne: bytes === 0,
    isolation: plan.isolation,
    currentLeaderEpoch: asked.currentLeaderEpoch,
    fileBytesMin
  })

export const release = (round: FetchRound): void => {
  for (const { read } of round.partitions) read.release()
}

/**
 * Ends when the round's partitions have grown so far that `bytesMin` can be answered, or when there
 * is an error to tell: one of them was deleted, or went offline. Growth is estimated by the logs'
 * sizes, so that waiting for many bytes does not read them again and again.
 */
export const growth = (
  logs: Logs,
  round: FetchRound,
  bytesMin: number,
  onCancel: (callback: () => void) => () => void
): Effect.Effect<void> =>
  Effect.suspend(() => {
    let leave = (): void => {}
    const wait = Effect.callback<void>((resume) => {
      const before = round.partitions.map(({ asked, read }) => ({
        asked,
        highWatermark: read.highWatermark,
        offsets: logs.offsets(asked.topic, asked.partition)
      }))
      // Bytes beyond the high watermark were counted as there already: then any move is enough.
      let isExact = before.every(({ offsets }) => offsets?.highWatermark === offsets?.logEndOffset)
      // A topic that is deleted calls once for each partition, before this fiber has had its turn.
      let isOver = false
      const check = (): void => {
        if (isOver) return
        let isGone = false
        let hasMoved = false
        let grown = 0
        for (const { asked, highWatermark, offsets } of before) {
          const now = logs.offsets(asked.topic, asked.partition)
          isGone ||= now === undefined || now.isOffline
          hasMoved ||= now?.highWatermark !== highWatermark
          const more = (now?.sizeBytes ?? 0) - (offsets?.sizeBytes ?? 0)
          // Nor does a size tell what came where retention or compaction took something meanwhile.
          isExact &&= more >= 0 && now?.logStartOffset === offsets?.logStartOffset
          grown += more
        }
        isOver = isGone || (hasMoved && (!isExact || round.bytes + grown >= bytesMin))
        if (isOver) resume(Effect.void)
      }
      const undoGrowth = logs.onGrowth(before.map(({ asked }) => asked), check)
      const undoCancel = onCancel(() => resume(Effect.void))
      leave = () => {
        undoGrowth()
        undoCancel()
      }
      check()
    })
    // What a callback gives back runs when it is interrupted only: whoever was woken has to leave
    // too, or the logs would call it, and keep it in memory, for as long as they live.
    return Effect.ensuring(wait, Effect.sync(() => leave()))
  })
