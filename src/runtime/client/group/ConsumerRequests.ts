// The one request of the consumer protocol, from what a member has to say. A pattern is the
// broker's to match where it can (version 1 of the API); before that the client tells the names
// that match.
import * as Effect from "effect/Effect"
import { ConsumerGroupHeartbeat } from "../../../domain/protocol/ConsumerGroupHeartbeat.ts"
import * as TopicPartitions from "../../../domain/TopicPartitions.ts"
import type * as Api from "../../../domain/wire/Api.ts"
import type * as ClientError from "../ClientError.ts"
import type { GroupConnection } from "./GroupConnection.ts"
import type { GroupSettings } from "./GroupSettings.ts"
import type { GroupTopics } from "./GroupTopics.ts"

/** Member epochs that say something else. */
const LEAVE_EPOCH = -1
const LEAVE_STATIC_EPOCH = -2
/** The first version in which the broker matches patterns. */
const REGEX_VERSION = 1

export interface Saying {
  readonly memberId: string
  readonly memberEpoch: number
  /** Not only what has changed. */
  readonly saysAll: boolean
  /** Undefined: as it was. */
  readonly owned: TopicPartitions.TopicPartitions | undefined
}

type Requested<A> = Effect.Effect<A, ClientError.ClientError>
type Body = Api.Request<typeof ConsumerGroupHeartbeat>

export class ConsumerRequests {
  private readonly settings: GroupSettings
  private readonly connection: GroupConnection
  private readonly topics: GroupTopics

  constructor(settings: GroupSettings, connection: GroupConnection, topics: GroupTopics) {
    this.settings = settings
    this.connection = connection
    this.topics = topics
  }

  heartbeat(saying: Saying): Requested<Api.Response<typeof ConsumerGroupHeartbeat>> {
    const { owned, saysAll } = saying
    return Effect.gen({ self: this }, function*() {
      const subscription = saysAll ? yield* this.subscription : {}
      return yield* this.connection.ask(ConsumerGroupHeartbeat, {
        ...this.silence(saying.memberId, saying.memberEpoch),
        ...subscription,
        topicPartitions: owned === undefined ? null : TopicPartitions.toList(owned)
      })
    })
  }

  /** A static member says that it will be back. */
  leave(memberId: string): Requested<void> {
    const { groupInstanceId } = this.settings
    const epoch = groupInstanceId === null ? LEAVE_EPOCH : LEAVE_STATIC_EPOCH
    return Effect.asVoid(
      this.connection.ask(ConsumerGroupHeartbeat, this.silence(memberId, epoch))
    )
  }

  /** Who it is, and that nothing has changed. */
  private silence(memberId: string, memberEpoch: number): Body {
    const { groupId, groupInstanceId } = this.settings
    return {
      groupId,
      memberId,
      memberEpoch,
      instanceId: groupInstanceId,
      rackId: null,
      rebalanceTimeoutMs: -1,
      subscribedTopicNames: null,
      subscribedTopicRegex: null,
      serverAssignor: null,
      topicPartitions: null
    }
  }

  private readonly subscription: Requested<Partial<Body>> = Effect.gen(
    { self: this },
    function*() {
      const { rackId, rebalanceTimeoutMs, remoteAssignor, topics } = this.settings
      const base = { rackId, rebalanceTimeoutMs, serverAssignor: remoteAssignor }
      const coordinator = yield* this.connection.coordinator
      const version = coordinator.versionOf(ConsumerGroupHeartbeat) ?? 0
      return topics instanceof RegExp && version >= REGEX_VERSION
        ? { ...base, subscribedTopicNames: [], subscribedTopicRegex: patternOf(topics) }
        : { ...base, subscribedTopicNames: yield* this.topics.subscribe }
    }
  )
}

/** In the broker's notation, where flags stand in the pattern (RE2). */
const patternOf = ({ flags, source }: RegExp): string => {
  const kept = flags.replace(/[^ims]/g, "")
  return kept === "" ? source : `(?${kept})${source}`
}
