// Makes this client a member of a consumer group, in whichever of Kafka's two protocols was asked
// for.
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as ClientError from "./ClientError.ts"
import { Cluster } from "./Cluster.ts"
import { ClassicGroupMember } from "./group/ClassicGroupMember.ts"
import * as GroupSettings from "./group/GroupSettings.ts"
import type { GroupListener, GroupMembership, GroupOptions } from "./GroupContract.ts"

export const make: (
  options: GroupOptions,
  listener: GroupListener
) => Effect.Effect<GroupMembership, ClientError.ClientError, Cluster | Scope.Scope> = Effect
  .fnUntraced(function*(options, listener) {
    const settings = GroupSettings.make(options)
    if (settings instanceof ClientError.ClientError) return yield* settings
    const cluster = yield* Cluster
    return yield* ClassicGroupMember.make(cluster, settings, listener)
  })
