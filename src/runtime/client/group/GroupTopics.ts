// The topics of a membership: those it wants, which a pattern finds anew as topics come and go, and
// those that it answers for as the leader of a classic group. When either changes, the group has to
// rebalance. Source: Kafka's ConsumerCoordinator: only the leader looks at numbers of partitions.
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import type { TopicName } from "../../../domain/Topic.ts"
import type { ClientError } from "../ClientError.ts"
import type { Cluster } from "../cluster/Cluster.ts"
import type { TopicMetadata } from "../cluster/ClusterView.ts"

type Counts = ReadonlyMap<TopicName, number>

export class GroupTopics {
  private readonly cluster: Cluster["Service"]
  private readonly wanted: ReadonlyArray<TopicName> | RegExp
  /** What was subscribed to last; undefined before, and after a change was told. */
  private joined: ReadonlyArray<TopicName> | undefined
  /** What was assigned from last, by this member as the leader; undefined for others. */
  private led: Counts | undefined
  /** Open when it is time to look whether something has changed. */
  private readonly due = Latch.makeUnsafe(false)

  constructor(cluster: Cluster["Service"], wanted: ReadonlyArray<TopicName> | RegExp) {
    this.cluster = cluster
    this.wanted = wanted
  }

  /** What to subscribe to now. Ends the duty of a leader. */
  readonly subscribe: Effect.Effect<ReadonlyArray<TopicName>, ClientError> = Effect.suspend(() => {
    this.led = undefined
    return Effect.tap(this.names, (names) =>
      Effect.sync(() => {
        this.joined = names
      }))
  })

  /** How many partitions each topic has; from now on their numbers are looked after. */
  readonly lead = (topics: ReadonlySet<TopicName>): Effect.Effect<Counts, ClientError> =>
    Effect.tap(this.count([...topics]), (counts) =>
      Effect.sync(() => {
        this.led = counts
        this.due.openUnsafe()
      }))

  /** Calls back with the reason for each change that asks for a rebalance. Never ends. */
  readonly watch = (onChange: (reason: string) => void): Effect.Effect<never> =>
    Effect.gen({ self: this }, function*() {
      yield* Effect.acquireRelease(
        Effect.sync(() => this.cluster.onRefresh(() => this.due.openUnsafe())),
        (undo) => Effect.sync(undo)
      )
      return yield* Effect.raceFirst(
        this.due.await,
        Effect.suspend(() => Effect.sleep(this.lookAgainMs))
      ).pipe(
        Effect.andThen(Effect.sync(() => this.due.closeUnsafe())),
        Effect.andThen(this.change),
        Effect.tap((reason) =>
          Effect.sync(() => {
            if (reason === undefined) return
            this.joined = undefined
            this.led = undefined
            onChange(reason)
          })
        ),
        Effect.catch((error) => Effect.logDebug(`topics cannot be asked for: ${error.message}`)),
        Effect.forever
      )
    }).pipe(Effect.scoped)

  /** A topic that is not there yet is looked for often: no refresh tells when it comes. */
  private get lookAgainMs(): number {
    const isMissing = [...this.led?.values() ?? []].includes(0)
    const { metadataAgeMsMax, retryBackoffMsMax } = this.cluster.config
    return isMissing ? retryBackoffMsMax : metadataAgeMsMax
  }

  private readonly names: Effect.Effect<ReadonlyArray<TopicName>, ClientError> = Effect.suspend(
    () => {
      const { wanted } = this
      return wanted instanceof RegExp
        ? Effect.map(this.cluster.topics, (topics) => matching(wanted, topics))
        : Effect.succeed(wanted)
    }
  )

  private count(topics: ReadonlyArray<TopicName>): Effect.Effect<Counts, ClientError> {
    return Effect.map(
      this.cluster.existing(topics),
      (found) => new Map(topics.map((topic) => [topic, found.get(topic)?.partitions.length ?? 0]))
    )
  }

  private readonly change: Effect.Effect<string | undefined, ClientError> = Effect.gen(
    { self: this },
    function*() {
      const { joined, led } = this
      if (this.wanted instanceof RegExp) {
        const names = yield* this.names
        // A rebalance that began meanwhile has asked anew.
        if (this.joined !== joined) return undefined
        if (joined !== undefined && names.join() !== joined.join()) {
          return "other topics match now"
        }
      }
      if (led === undefined) return undefined
      const now = yield* this.count([...led.keys()])
      if (this.led !== led) return undefined
      return [...led].some(([topic, partitions]) => now.get(topic) !== partitions)
        ? "partitions have come or gone"
        : undefined
    }
  )
}

/** Names that the pattern matches as a whole, in a fixed order. */
const matching = (
  { flags, source }: RegExp,
  topics: ReadonlyArray<TopicMetadata>
): ReadonlyArray<TopicName> => {
  const whole = new RegExp(`^(?:${source})$`, flags.replace(/[gy]/g, ""))
  return topics.filter(({ isInternal, topic }) => !isInternal && whole.test(topic))
    .map(({ topic }) => topic).sort()
}
