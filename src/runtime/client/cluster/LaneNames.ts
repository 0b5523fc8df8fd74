// Names of lanes for those who must not share a connection: one each, of a cluster. Numbers of those that are
// gone are used again, and with them their connections, so that what comes and goes leaves none behind.
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Cluster } from "./Cluster.ts"

const taken = new WeakMap<Cluster["Service"], Set<string>>()

/** The least number behind `purpose` that nobody has; given back when the scope closes. */
export const take = (
  cluster: Cluster["Service"],
  purpose: string
): Effect.Effect<string, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const lanes = taken.get(cluster) ?? new Set<string>()
      taken.set(cluster, lanes)
      let number = 1
      while (lanes.has(`${purpose}-${number}`)) number++
      const lane = `${purpose}-${number}`
      lanes.add(lane)
      return lane
    }),
    (lane) => Effect.sync(() => taken.get(cluster)?.delete(lane))
  )
