// What lies on the disks of brokers: every broker knows only its own.
import * as Effect from "effect/Effect"
import { DescribeLogDirs } from "../../../domain/protocol/DescribeLogDirs.ts"
import type { TopicName } from "../../../domain/Topic.ts"
import type * as Api from "../../../domain/wire/Api.ts"
import * as ClientError from "../ClientError.ts"
import type { BrokerConnection } from "../cluster/BrokerConnection.ts"
import { type Outcomes, told } from "./Outcomes.ts"
import type { CallOptions } from "./Rounds.ts"
import type { InPartition, Routes } from "./Routes.ts"

export interface ReplicaSize extends InPartition {
  readonly sizeBytes: number
  /** How many records a replica that is being moved here is behind. */
  readonly offsetLag: number
  /** Whether it is being moved here. */
  readonly isFuture: boolean
}

export interface LogDir {
  readonly path: string
  /** Why the directory cannot be used; undefined: it can. */
  readonly error: ClientError.ClientError | undefined
  /** Of the volume; -1 where unknown (before Kafka 3.3). */
  readonly totalBytes: number
  readonly usableBytes: number
  readonly replicas: ReadonlyArray<ReplicaSize>
}

export interface LogDirsOptions extends CallOptions {
  /** Default: all brokers. */
  readonly brokers?: ReadonlyArray<number> | undefined
  /** Default: all topics. */
  readonly topics?: ReadonlyMap<TopicName, ReadonlyArray<number>> | undefined
}

export interface LogDirs {
  /** By broker id. */
  readonly describeLogDirs: (
    options?: LogDirsOptions
  ) => Effect.Effect<Outcomes<number, ReadonlyArray<LogDir>>, ClientError.ClientError>
}

export const make = (routes: Routes): LogDirs => ({
  describeLogDirs: (options = {}) =>
    Effect.flatMap(
      options.brokers === undefined ? routes.brokerIds : Effect.succeed(options.brokers),
      (brokers) =>
        routes.run(
          {
            name: DescribeLogDirs.name,
            keyOf: (nodeId: number) => nodeId,
            route: (nodeIds, round) => routes.toBrokers(nodeIds, round, (nodeId) => nodeId),
            ask: (connection, [nodeId]) => described(connection, nodeId!, options),
            isRepeatable: true
          },
          brokers,
          options
        )
    )
})

const described = Effect.fnUntraced(
  function*(connection: BrokerConnection, nodeId: number, { topics }: LogDirsOptions) {
    const answer = yield* connection.request(DescribeLogDirs, {
      topics: topics === undefined
        ? null
        : [...topics].map(([topic, partitions]) => ({ topic, partitions }))
    })
    const outcome = told(
      `DescribeLogDirs of broker ${nodeId}`,
      answer.errorCode,
      null,
      () => answer.results.map(logDir)
    )
    return new Map([[nodeId, outcome]])
  }
)

const logDir = (told: Api.Response<typeof DescribeLogDirs>["results"][number]): LogDir => ({
  path: told.logDir,
  error: told.errorCode === 0
    ? undefined
    : ClientError.refused(`DescribeLogDirs of ${told.logDir}`, told.errorCode),
  totalBytes: told.totalBytes,
  usableBytes: told.usableBytes,
  replicas: told.topics.flatMap(({ name, partitions }) =>
    partitions.map(({ isFutureKey, offsetLag, partitionIndex, partitionSize }) => ({
      topic: name,
      partition: partitionIndex,
      sizeBytes: partitionSize,
      offsetLag,
      isFuture: isFutureKey
    }))
  )
})
