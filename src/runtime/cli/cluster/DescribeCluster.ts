// What `mymq cluster info` does: the brokers, what lies on their disks, and the features of the cluster.
import * as Effect from "effect/Effect"
import { Admin } from "../../client/Admin.ts"
import type { BrokerFeatures } from "../../client/admin/ClusterInfo.ts"
import type { LogDir } from "../../client/admin/LogDirs.ts"
import { succeeded } from "../../client/admin/Outcomes.ts"
import type { BrokerNode } from "../../client/cluster/ClusterView.ts"
import type * as BrokerFlags from "../BrokerFlags.ts"
import * as ClusterAccess from "../ClusterAccess.ts"
import * as Output from "../Output.ts"
import * as Quantity from "../Quantity.ts"

export interface Given {
  readonly broker: BrokerFlags.Given
  readonly apis: boolean
  readonly json: boolean
}

const BROKERS = [
  { name: "BROKER", align: "right" },
  { name: "ADDRESS" },
  { name: "RACK" },
  { name: "PARTITIONS", align: "right" },
  { name: "SIZE", align: "right" },
  { name: "FREE", align: "right" }
] as const

const APIS = [
  { name: "BROKER", align: "right" },
  { name: "KEY", align: "right" },
  { name: "API" },
  { name: "SERVED" },
  { name: "SPOKEN", align: "right" }
] as const

/** Of a broker's disks; undefined where it does not tell. */
interface Disks {
  readonly partitions: number
  readonly sizeBytes: number
  readonly usableBytes: number | undefined
}

interface Info {
  readonly clusterId: string | null
  readonly controllerId: number
  readonly topics: number
  readonly features: Readonly<Record<string, number>>
  readonly brokers: ReadonlyArray<
    BrokerNode & { readonly disks: Disks | undefined; readonly apis: BrokerFeatures["apis"] }
  >
}

const gather = Effect.gen(function*() {
  const admin = yield* Admin
  const [cluster, topics, features, disks] = yield* Effect.all([
    admin.describeCluster(),
    admin.listTopics(),
    Effect.map(admin.apiVersions(), succeeded),
    Effect.map(admin.describeLogDirs(), succeeded)
  ], { concurrency: "unbounded" })
  const [first] = features.values()
  const info: Info = {
    clusterId: cluster.clusterId,
    controllerId: cluster.controllerId,
    topics: topics.length,
    features: Object.fromEntries(first?.features ?? []),
    brokers: cluster.brokers.map((broker) => ({
      ...broker,
      disks: sums(disks.get(broker.nodeId)),
      apis: features.get(broker.nodeId)?.apis ?? []
    }))
  }
  return info
})

const sums = (logDirs: ReadonlyArray<LogDir> | undefined): Disks | undefined => {
  if (logDirs === undefined) return undefined
  const replicas = logDirs.flatMap(({ replicas }) => replicas)
  const isTold = logDirs.every(({ usableBytes }) => usableBytes >= 0)
  return {
    partitions: replicas.length,
    sizeBytes: replicas.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    usableBytes: isTold
      ? logDirs.reduce((sum, { usableBytes }) => sum + usableBytes, 0)
      : undefined
  }
}

const show = Effect.fnUntraced(function*(info: Info, isWithApis: boolean) {
  const features = Object.entries(info.features).map(([name, level]) => `${name}=${level}`)
  yield* Output.line(`cluster     ${info.clusterId ?? "(tells no id)"}`)
  yield* Output.line(`controller  ${info.controllerId < 0 ? "none" : info.controllerId}`)
  yield* Output.line(`topics      ${info.topics}`)
  if (features.length > 0) yield* Output.line(`features    ${features.join(" ")}`)
  yield* Output.line("")
  yield* Output.table(
    BROKERS,
    info.brokers.map(({ disks, host, nodeId, port, rack }) => [
      nodeId,
      host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`,
      rack ?? "",
      disks?.partitions ?? "?",
      disks === undefined ? "?" : Quantity.bytes(disks.sizeBytes),
      disks?.usableBytes === undefined ? "?" : Quantity.bytes(disks.usableBytes)
    ])
  )
  if (!isWithApis) return
  yield* Output.line("")
  yield* Output.table(
    APIS,
    info.brokers.flatMap(({ apis, nodeId }) =>
      apis.map(({ key, name, spoken, versions }) => [
        nodeId,
        key,
        name ?? "(unknown here)",
        `${versions.min}-${versions.max}`,
        spoken ?? "none"
      ])
    )
  )
})

export const run = (given: Given) =>
  gather.pipe(
    Effect.flatMap((info) => given.json ? Output.document(info) : show(info, given.apis)),
    Effect.provide(ClusterAccess.layer(given.broker))
  )
