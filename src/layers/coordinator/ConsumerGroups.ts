// What groups of the consumer protocol are told of the broker: its topics, which of them a pattern names,
// and the settings. Patterns are those of RE2, as in Kafka: they take time in proportion to the names, so
// that no pattern of a client can hold up the broker. The package is loaded with the first such group.
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Re2js from "re2js"
import type { Assignor } from "../../domain/assignor/Assignor.ts"
import { rangeAssignor } from "../../domain/assignor/RangeAssignor.ts"
import { uniformAssignor } from "../../domain/assignor/UniformAssignor.ts"
import type { ConsumerGroupWorld } from "../../domain/group/consumer/ConsumerGroup.ts"
import type { GroupConfig } from "../config/GroupConfig.ts"
import type { ClusterMetadata } from "../storage/ClusterMetadata.ts"

const KNOWN: ReadonlyMap<string, Assignor> = new Map(
  [uniformAssignor, rangeAssignor].map((assignor) => [assignor.name, assignor])
)
/** Kafka's own names for its assignors, which settings may use as well. */
const CLASS_PREFIX = /^.*\.(Uniform|Range)Assignor$/
/** Patterns whose names are remembered until topics change. */
const PATTERNS_MAX = 1000

export interface ConsumerGroups {
  /** As it is now; only once `ready` has ended. */
  readonly world: () => ConsumerGroupWorld
  /** Ends when patterns can be read. */
  readonly ready: Effect.Effect<void>
}

/** Follows the catalog until the scope ends. */
export const make = Effect.fnUntraced(function*(
  cluster: ClusterMetadata["Service"],
  config: GroupConfig
): Effect.fn.Return<ConsumerGroups, never, Scope.Scope> {
  const assignors = config.consumerAssignors.flatMap((name) =>
    KNOWN.get(name.replace(CLASS_PREFIX, "$1").toLowerCase()) ?? []
  )
  let topicsVersion = 0
  const matches = new Map<string, ReadonlyArray<string> | undefined>()
  const undo = cluster.onChange(() => {
    topicsVersion++
    matches.clear()
    return Effect.void
  })
  yield* Effect.addFinalizer(() => Effect.sync(undo))

  let re2js: typeof Re2js | undefined
  const load = Effect.promise(() => import("re2js")).pipe(
    Effect.map((loaded) => {
      re2js = loaded
    })
  )
  const matching = (regex: string): ReadonlyArray<string> | undefined => {
    if (matches.has(regex)) return matches.get(regex)
    if (matches.size >= PATTERNS_MAX) matches.clear()
    if (re2js === undefined) throw new Error("patterns were asked for before they were loaded")
    const names = match(re2js, regex, cluster.topics().keys())
    matches.set(regex, names)
    return names
  }
  const topic = (name: string) => cluster.topic(name)

  return {
    world: () => ({
      topicsVersion,
      topic,
      matching,
      assignors: assignors.length === 0 ? [uniformAssignor] : assignors,
      maxSize: config.consumerMaxSize,
      minClassicSessionTimeoutMs: config.limits.minSessionTimeoutMs,
      maxClassicSessionTimeoutMs: config.limits.maxSessionTimeoutMs,
      sessionTimeoutMs: config.consumerSessionTimeoutMs,
      heartbeatIntervalMs: config.consumerHeartbeatIntervalMs
    }),
    ready: Effect.suspend(() => re2js === undefined ? load : Effect.void)
  }
})

const match = (
  { RE2JS }: typeof Re2js,
  regex: string,
  names: Iterable<string>
): ReadonlyArray<string> | undefined => {
  try {
    const pattern = RE2JS.compile(regex)
    return [...names].filter((name) => pattern.matches(name))
  } catch {
    return undefined
  }
}
