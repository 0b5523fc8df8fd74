// What groups of the consumer protocol are told of the broker: its topics, which of them a pattern names,
// and the settings. Patterns are those of RE2, as in Kafka: they take time in proportion to the names, so
// that no pattern of a client can hold up the broker.
import * as Effect from "effect/Effect"
import { RE2JS } from "re2js"
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

/** Follows the catalog until the scope ends. */
export const world = Effect.fnUntraced(function*(
  cluster: ClusterMetadata["Service"],
  config: GroupConfig
) {
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

  const matching = (regex: string): ReadonlyArray<string> | undefined => {
    if (matches.has(regex)) return matches.get(regex)
    if (matches.size >= PATTERNS_MAX) matches.clear()
    const names = match(regex, cluster.topics().keys())
    matches.set(regex, names)
    return names
  }
  const topic = (name: string) => cluster.topic(name)

  return (): ConsumerGroupWorld => ({
    topicsVersion,
    topic,
    matching,
    assignors: assignors.length === 0 ? [uniformAssignor] : assignors,
    maxSize: config.consumerMaxSize,
    minClassicSessionTimeoutMs: config.limits.minSessionTimeoutMs,
    maxClassicSessionTimeoutMs: config.limits.maxSessionTimeoutMs,
    sessionTimeoutMs: config.consumerSessionTimeoutMs,
    heartbeatIntervalMs: config.consumerHeartbeatIntervalMs
  })
})

const match = (regex: string, names: Iterable<string>): ReadonlyArray<string> | undefined => {
  try {
    const pattern = RE2JS.compile(regex)
    return [...names].filter((name) => pattern.matches(name))
  } catch {
    return undefined
  }
}
