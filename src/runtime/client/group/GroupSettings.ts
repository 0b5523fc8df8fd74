// The options of a membership with their defaults, which are those of Kafka's consumer, checked
// once.
import type { ConsumerAssignor } from "../../../domain/assignor/ConsumerAssignor.ts"
import { consumerAssignors } from "../../../domain/assignor/ConsumerAssignors.ts"
import * as Topic from "../../../domain/Topic.ts"
import * as ClientError from "../ClientError.ts"
import type { GroupOptions, GroupProtocol } from "./GroupContract.ts"

export interface GroupSettings {
  readonly groupId: string
  readonly groupInstanceId: string | null
  readonly topics: ReadonlyArray<Topic.TopicName> | RegExp
  readonly protocol: GroupProtocol
  readonly assignors: ReadonlyArray<ConsumerAssignor>
  readonly remoteAssignor: string | null
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  readonly rebalanceTimeoutMs: number
  readonly rackId: string | null
}

/** How long a leave may take, callbacks of the application included. */
export const LEAVE_TIMEOUT_MS = 30_000

export const make = (options: GroupOptions): GroupSettings | ClientError.ClientError => {
  const settings: GroupSettings = {
    groupId: options.groupId,
    groupInstanceId: options.groupInstanceId ?? null,
    topics: options.topics instanceof RegExp ? options.topics : [...new Set(options.topics)],
    protocol: options.protocol ?? "classic",
    assignors: (options.assignors ?? ["cooperative-sticky"]).map((name) => consumerAssignors[name]),
    remoteAssignor: options.remoteAssignor ?? null,
    sessionTimeoutMs: options.sessionTimeoutMs ?? 45_000,
    heartbeatIntervalMs: options.heartbeatIntervalMs ?? 3000,
    rebalanceTimeoutMs: options.rebalanceTimeoutMs ?? 300_000,
    rackId: options.rackId ?? null
  }
  const detail = mistake(settings)
  return detail === undefined ? settings : ClientError.invalid(detail)
}

const mistake = (settings: GroupSettings): string | undefined => {
  const { assignors, groupId, groupInstanceId, heartbeatIntervalMs, sessionTimeoutMs, topics } =
    settings
  if (groupId === "") return "groupId is empty"
  if (groupInstanceId === "") return "groupInstanceId is empty"
  if (assignors.length === 0) return "assignors names none"
  if (assignors.some((assignor) => assignor === undefined)) {
    return `assignors may name ${Object.keys(consumerAssignors).join(", ")}`
  }
  for (const field of ["sessionTimeoutMs", "heartbeatIntervalMs", "rebalanceTimeoutMs"] as const) {
    if (!(settings[field] > 0)) return `${field} must be more than 0`
  }
  if (heartbeatIntervalMs >= sessionTimeoutMs) {
    return "heartbeatIntervalMs must be less than sessionTimeoutMs"
  }
  if (topics instanceof RegExp) return undefined
  if (topics.length === 0) return "topics names none"
  return topics.map(Topic.invalidName).find((wrong) => wrong !== undefined)
}
