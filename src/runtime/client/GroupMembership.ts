// Stands in for the membership until it is merged (branch `group`).
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as ClientError from "./ClientError.ts"
import type { Cluster } from "./Cluster.ts"
import type { GroupListener, GroupMembership, GroupOptions } from "./GroupContract.ts"

export const make: (
  options: GroupOptions,
  listener: GroupListener
) => Effect.Effect<GroupMembership, ClientError.ClientError, Cluster | Scope.Scope> = () =>
  Effect.fail(ClientError.invalid("groups are not joined yet"))
