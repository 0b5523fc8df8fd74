// Which of the two group protocols is spoken: the consumer protocol needs a broker that serves it,
// with the feature group.version at 1 or more (KIP-848, KIP-1022).
import * as Effect from "effect/Effect"
import { ConsumerGroupHeartbeat } from "../../../domain/protocol/ConsumerGroupHeartbeat.ts"
import * as ClientError from "../ClientError.ts"
import type { Cluster } from "../cluster/Cluster.ts"
import * as Retry from "../cluster/Retry.ts"
import { GroupConnection } from "./GroupConnection.ts"
import type { GroupSettings } from "./GroupSettings.ts"

/** Asks the coordinator, unless the choice is the classic protocol. */
export const choose = (
  cluster: Cluster["Service"],
  { groupId, protocol }: GroupSettings
): Effect.Effect<"classic" | "consumer", ClientError.ClientError> =>
  protocol === "classic" ? Effect.succeed(protocol) : Effect.gen(function*() {
    const connection = yield* GroupConnection.make(cluster, groupId)
    const { config } = cluster
    const coordinator = yield* connection.coordinator.pipe(
      Retry.retried(config, { what: "FindCoordinator", timeoutMs: config.apiTimeoutMs })
    )
    const version = coordinator.served?.features.get("group.version") ?? 0
    const isServed = version >= 1 && coordinator.versionOf(ConsumerGroupHeartbeat) !== undefined
    if (isServed) return "consumer"
    if (protocol === "auto") return "classic"
    const { name: api } = ConsumerGroupHeartbeat
    const detail = `${coordinator.address} does not run the consumer group protocol (group.version)`
    return yield* new ClientError.ClientError({
      reason: ClientError.Reason.NotSupported({ api, detail })
    })
  }).pipe(Effect.scoped)
