// Which partitions a consumer has: given by hand, or by the group that it is a member of; never both. What is
// taken away is dropped from what waits before anybody is told, so that nothing of it is delivered after its
// revocation, and committed before it is given up.
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as ErrorCode from "../../../domain/ErrorCode.ts"
import * as Topic from "../../../domain/Topic.ts"
import * as ClientError from "../ClientError.ts"
import { Cluster } from "../cluster/Cluster.ts"
import * as GroupCommits from "../group/GroupCommits.ts"
import type {
  GroupListener,
  GroupMembership,
  OffsetCommitter,
  OffsetToCommit
} from "../group/GroupContract.ts"
import * as GroupMemberships from "../group/GroupMembership.ts"
import type { ConsumerSettings, RebalanceListener } from "./ConsumerOptions.ts"
import type { FetchBuffer } from "./FetchBuffer.ts"
import type { AssignedPartition, SubscriptionState } from "./SubscriptionState.ts"

type Partitions = ReadonlyArray<Topic.TopicPartition>

export interface ConsumerSubscriptionOptions {
  readonly cluster: Cluster["Service"]
  readonly settings: ConsumerSettings
  readonly state: SubscriptionState
  readonly buffer: FetchBuffer
  /** The consumer's. */
  readonly scope: Scope.Scope
  /** Commits what was processed of them, where that is done by itself. */
  readonly commitProcessed: (partitions: Iterable<AssignedPartition>) => Effect.Effect<void>
  /** Partitions were added. */
  readonly onAdded: () => void
  /** Whether the application waits for records just now. */
  readonly isWaiting: () => boolean
}

/** An application that waits for records lives, though it polls no more: the group is told so often. */
const WAITING_CHECK_MS = 1000

interface Member {
  readonly membership: GroupMembership
  readonly scope: Scope.Closeable
}

export class ConsumerSubscription {
  private readonly options: ConsumerSubscriptionOptions
  private member: Member | undefined
  private isSubscribed = false

  constructor(options: ConsumerSubscriptionOptions) {
    this.options = options
  }

  /** A consumer that assigns its partitions itself is nobody's member. */
  readonly commit = (
    committer: OffsetCommitter,
    offsets: ReadonlyMap<string, OffsetToCommit>
  ): Effect.Effect<void, ClientError.ClientError> =>
    Effect.suspend(() => {
      if (!this.isSubscribed) return committer.commit(offsets, undefined)
      return this.member === undefined
        ? ClientError.refused("OffsetCommit", ErrorCode.ErrorCode.UNKNOWN_MEMBER_ID)
        : GroupCommits.commit(this.options.cluster, this.member.membership, committer, offsets)
    })

  /** The application has asked for records. */
  readonly polled = (): void => {
    this.member?.membership.polled()
  }

  readonly assign = (partitions: Partitions): Effect.Effect<void, ClientError.ClientError> =>
    Effect.suspend(() => {
      const { onAdded, state } = this.options
      if (this.isSubscribed) return Effect.fail(BOTH)
      const wrong = partitions.find(isWrong)
      if (wrong !== undefined) {
        const name = Topic.format(wrong.topic, wrong.partition)
        return Effect.fail(ClientError.invalid(`"${name}" is no partition of a topic`))
      }
      const kept = new Set(partitions.map(({ partition, topic }) => Topic.format(topic, partition)))
      const gone = [...state.all].filter(({ key }) => !kept.has(key))
      return Effect.andThen(
        gone.length === 0 ? Effect.void : this.revoke(gone),
        Effect.sync(() => {
          state.add(partitions)
          onAdded()
        })
      )
    })

  /** Becomes a member, instead of being one for other topics. */
  readonly subscribe = Effect.fnUntraced(function*(
    this: ConsumerSubscription,
    topics: ReadonlyArray<Topic.TopicName> | RegExp,
    listener: RebalanceListener = {}
  ) {
    const { buffer, cluster, scope, settings, state } = this.options
    const { groupId } = settings
    if (groupId === undefined) return yield* NO_GROUP
    if (!this.isSubscribed && state.count > 0) return yield* BOTH
    yield* this.unsubscribe
    this.isSubscribed = true
    const own = yield* Scope.fork(scope)
    const membership = yield* GroupMemberships.make(
      {
        ...settings,
        groupId,
        topics,
        rackId: settings.rackId === "" ? undefined : settings.rackId
      },
      this.listener(listener)
    ).pipe(
      Scope.provide(own),
      Effect.provideService(Cluster, cluster),
      Effect.onError((cause) => {
        this.isSubscribed = false
        return Scope.close(own, Exit.failCause(cause))
      })
    )
    this.member = { membership, scope: own }
    buffer.reopen()
    yield* membership.failure.pipe(
      Effect.catch((error) => Effect.sync(() => buffer.close(error))),
      Effect.forkIn(own)
    )
    yield* Effect.forkIn(this.stayAlive, own)
  })

  private readonly stayAlive: Effect.Effect<void> = Effect.suspend(() =>
    Effect.forever(
      Effect.andThen(
        Effect.sleep(WAITING_CHECK_MS),
        Effect.sync(() => {
          if (this.options.isWaiting()) this.polled()
        })
      )
    )
  )

  /** Leaves the group, or gives up what was assigned by hand. */
  readonly unsubscribe: Effect.Effect<void> = Effect.suspend(() => {
    const { member } = this
    const { state } = this.options
    if (member === undefined) {
      const all = [...state.all]
      return all.length === 0 ? Effect.void : this.revoke(all)
    }
    return Effect.andThen(
      Scope.close(member.scope, Exit.void),
      Effect.sync(() => {
        this.member = undefined
        this.isSubscribed = false
      })
    )
  })

  private listener(application: RebalanceListener): GroupListener {
    const { buffer, onAdded, state } = this.options
    return {
      onAssigned: (partitions) =>
        Effect.suspend(() => {
          const added = state.add(partitions)
          const hold = (isHeld: boolean) => {
            for (const one of added) one.isHeld = isHeld
            onAdded()
          }
          hold(true)
          return Effect.ensuring(
            application.onAssigned?.(partitions) ?? Effect.void,
            Effect.sync(() => hold(false))
          )
        }),
      onRevoked: (partitions) => this.revoke(partitions, application.onRevoked),
      onLost: (partitions) =>
        Effect.suspend(() => {
          state.revoke(partitions)
          buffer.dropOutdated()
          buffer.onRoom()
          return application.onLost?.(partitions) ?? Effect.void
        }).pipe(Effect.ensuring(Effect.sync(() => state.remove(partitions))))
    }
  }

  private revoke(
    partitions: Partitions,
    told: RebalanceListener["onRevoked"] = () => Effect.void
  ): Effect.Effect<void> {
    const { buffer, commitProcessed, state } = this.options
    return Effect.suspend(() => {
      const revoked = state.revoke(partitions)
      // The others may have waited for the memory.
      buffer.dropOutdated()
      buffer.onRoom()
      return Effect.andThen(commitProcessed(revoked), told(partitions))
    }).pipe(Effect.ensuring(Effect.sync(() => state.remove(partitions))))
  }
}

const BOTH = ClientError.invalid(
  "a consumer is either subscribed or assigned by hand: unsubscribe first"
)
const NO_GROUP = ClientError.invalid("to subscribe to topics a groupId is needed")

const isWrong = ({ partition, topic }: Topic.TopicPartition): boolean =>
  Topic.invalidName(topic) !== undefined || !Number.isInteger(partition) || partition < 0
