// DescribeLogDirs: how much each partition takes in the log directory, and how much room is left there.
// Behaviour: a partition's size is that of its segments; one without records has none and is listed with
// 0, as Kafka does. Topics and partitions that are not there are left out.
// Versions: v2 flexible; v3 an error for all; v4 the volume's size
import * as Effect from "effect/Effect"
import * as path from "node:path"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import { DescribeLogDirs } from "../../../domain/protocol/DescribeLogDirs.ts"
import { BrokerConfig } from "../../../layers/config/BrokerConfig.ts"
import { Disk } from "../../../layers/disk/Disk.ts"
import { ClusterMetadata } from "../../../layers/storage/ClusterMetadata.ts"
import { PartitionLogs } from "../../../layers/storage/PartitionLogs.ts"
import * as Handler from "../Handler.ts"

export const describeLogDirs = Handler.make(DescribeLogDirs, {
  versions: "1-4",
  handle: Effect.fnUntraced(function*(request) {
    const { logDir } = yield* BrokerConfig
    const cluster = yield* ClusterMetadata
    const logs = yield* PartitionLogs
    const disk = yield* Disk
    const asked = request.topics ?? Array.from(cluster.topics().values(), (topic) => ({
      topic: topic.name,
      partitions: Array.from({ length: topic.partitions }, (_, partition) => partition)
    }))
    const topics = asked.map(({ partitions, topic }) => ({
      name: topic,
      partitions: partitions.flatMap((partitionIndex) => {
        const offsets = logs.offsets(topic, partitionIndex)
        return offsets === undefined ? [] : [{
          partitionIndex,
          partitionSize: offsets.sizeBytes,
          offsetLag: 0, // no replica is on its way to anywhere
          isFutureKey: false
        }]
      })
    }))
    const space = yield* Effect.catch(disk.space(logDir), () => Effect.succeed(UNKNOWN_SPACE))
    return {
      throttleTimeMs: 0,
      errorCode: ErrorCode.NONE,
      results: [{
        errorCode: ErrorCode.NONE,
        logDir: path.resolve(logDir),
        topics: topics.filter(({ partitions }) => partitions.length > 0),
        totalBytes: space.totalBytes,
        usableBytes: space.usableBytes
      }]
    }
  })
})

const UNKNOWN_SPACE = { totalBytes: -1, usableBytes: -1 }
