// The cluster itself: its brokers, what each of them serves, and the level at which features run.
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import { ApiVersions } from "../../../domain/protocol/ApiVersions.ts"
import { DescribeCluster } from "../../../domain/protocol/DescribeCluster.ts"
import { Metadata } from "../../../domain/protocol/Metadata.ts"
import * as Protocol from "../../../domain/protocol/Protocol.ts"
import type * as Api from "../../../domain/wire/Api.ts"
import type * as VersionRange from "../../../domain/wire/VersionRange.ts"
import * as ClientError from "../ClientError.ts"
import type { BrokerConnection } from "../cluster/BrokerConnection.ts"
import type { BrokerNode } from "../cluster/ClusterView.ts"
import { type Outcome, type Outcomes, told } from "./Outcomes.ts"
import type { CallOptions } from "./Rounds.ts"
import type { Routes } from "./Routes.ts"

export interface ClusterDescription {
  readonly clusterId: string | null
  /** The broker that admin requests go to; -1 while there is none. */
  readonly controllerId: number
  /** By their ids. */
  readonly brokers: ReadonlyArray<BrokerNode>
}

export interface ServedApi {
  readonly key: number
  /** Undefined for an API that this client does not know. */
  readonly name: string | undefined
  readonly versions: VersionRange.VersionRange
  /** The version that this client speaks with the broker; undefined where they share none. */
  readonly spoken: number | undefined
}

export interface BrokerFeatures {
  /** By their keys. */
  readonly apis: ReadonlyArray<ServedApi>
  /** Levels at which the cluster runs a feature, as "metadata.version" (KIP-584). */
  readonly features: ReadonlyMap<string, number>
}

export interface ClusterInfo {
  readonly describeCluster: (
    options?: CallOptions
  ) => Effect.Effect<ClusterDescription, ClientError.ClientError>
  /** Of the brokers named, or of all; by broker id. */
  readonly apiVersions: (
    brokers?: ReadonlyArray<number>,
    options?: CallOptions
  ) => Effect.Effect<Outcomes<number, BrokerFeatures>, ClientError.ClientError>
}

export const make = (routes: Routes): ClusterInfo => ({
  describeCluster: (options) =>
    Effect.flatMap(
      routes.run(
        {
          name: DescribeCluster.name,
          keyOf: (what: string) => what,
          route: routes.toAny,
          ask: described,
          isRepeatable: true
        },
        [CLUSTER],
        options
      ),
      (outcomes) => Effect.fromResult(outcomes.get(CLUSTER)!)
    ),
  apiVersions: (brokers, options) =>
    Effect.flatMap(
      brokers === undefined ? routes.brokerIds : Effect.succeed(brokers),
      (brokers) =>
        routes.run(
          {
            name: ApiVersions.name,
            keyOf: (nodeId: number) => nodeId,
            route: (nodeIds, round) => routes.toBrokers(nodeIds, round, (nodeId) => nodeId),
            ask: (connection, [nodeId]) => served(connection, nodeId!),
            isRepeatable: true
          },
          brokers,
          options
        )
    )
})

const CLUSTER = "the cluster"

/** Brokers before Kafka 2.8 tell the same in Metadata. */
const described = Effect.fnUntraced(function*(connection: BrokerConnection) {
  const outcome = connection.versionOf(DescribeCluster) === undefined
    ? yield* fromMetadata(connection)
    : yield* fromDescription(connection)
  return new Map([[CLUSTER, outcome]])
})

const fromDescription = (connection: BrokerConnection) =>
  Effect.map(
    connection.request(DescribeCluster, {
      includeClusterAuthorizedOperations: false,
      endpointType: 1
    }),
    (answer): Outcome<ClusterDescription> =>
      told(DescribeCluster.name, answer.errorCode, answer.errorMessage, () => ({
        clusterId: answer.clusterId,
        controllerId: answer.controllerId,
        brokers: sorted(answer.brokers.map(({ brokerId, host, port, rack }) => ({
          nodeId: brokerId,
          host,
          port,
          rack
        })))
      }))
  )

const fromMetadata = (connection: BrokerConnection) =>
  Effect.map(
    connection.request(Metadata, {
      topics: [],
      allowAutoTopicCreation: false,
      includeClusterAuthorizedOperations: false,
      includeTopicAuthorizedOperations: false
    }),
    (answer): Outcome<ClusterDescription> =>
      told(Metadata.name, answer.errorCode, null, () => ({
        clusterId: answer.clusterId,
        controllerId: answer.controllerId,
        brokers: sorted(answer.brokers)
      }))
  )

const sorted = (brokers: ReadonlyArray<BrokerNode>): ReadonlyArray<BrokerNode> =>
  brokers.toSorted((a, b) => a.nodeId - b.nodeId)

const served = Effect.fnUntraced(function*(connection: BrokerConnection, nodeId: number) {
  const answer = yield* connection.request(ApiVersions, {
    clientSoftwareName: "mymq",
    clientSoftwareVersion: "0.1.0"
  })
  if (answer.errorCode !== ErrorCode.NONE) {
    return yield* ClientError.refused(ApiVersions.name, answer.errorCode)
  }
  const outcome = told(ApiVersions.name, answer.errorCode, null, () => ({
    apis: answer.apiKeys
      .map(({ apiKey, maxVersion, minVersion }) => {
        const api: Api.Api | undefined = Protocol.find(apiKey)
        return {
          key: apiKey,
          name: api?.name,
          versions: { min: minVersion, max: maxVersion },
          spoken: api === undefined ? undefined : connection.versionOf(api)
        }
      })
      .sort((a, b) => a.key - b.key),
    features: new Map(
      answer.finalizedFeatures.map(({ maxVersionLevel, name }) => [name, maxVersionLevel] as const)
    )
  }))
  return new Map([[nodeId, outcome]])
})
