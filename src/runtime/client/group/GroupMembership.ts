// Makes this client a member of a consumer group, in whichever of Kafka's two protocols was asked
// for. "classic" is the default, as with Kafka's own consumer; "auto" takes the consumer protocol
// where the broker runs it, and joins a group of classic members all the same, since brokers take
// groups over.
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as ClientError from "../ClientError.ts"
import { Cluster } from "../cluster/Cluster.ts"
import { ClassicGroupMember } from "./ClassicGroupMember.ts"
import { ConsumerGroupMember } from "./ConsumerGroupMember.ts"
import type { GroupListener, GroupMembership, GroupOptions } from "./GroupContract.ts"
import * as GroupProtocolChoice from "./GroupProtocolChoice.ts"
import * as GroupSettings from "./GroupSettings.ts"

/**
 * Joins in the background, and leaves when the scope closes. Fails with InvalidArgument for options
 * that make no sense, and with NotSupported where "consumer" was asked for and the broker does not
 * run it; what happens later is told by the membership's `failure`.
 */
export const make: (
  options: GroupOptions,
  listener: GroupListener
) => Effect.Effect<GroupMembership, ClientError.ClientError, Cluster | Scope.Scope> = Effect
  .fnUntraced(function*(options, listener) {
    const settings = GroupSettings.make(options)
    if (settings instanceof ClientError.ClientError) return yield* settings
    const cluster = yield* Cluster
    const protocol = yield* GroupProtocolChoice.choose(cluster, settings)
    return yield* protocol === "classic"
      ? ClassicGroupMember.make(cluster, settings, listener)
      : ConsumerGroupMember.make(cluster, settings, listener)
  })
