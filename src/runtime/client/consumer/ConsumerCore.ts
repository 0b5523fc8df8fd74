// The parts of a consumer, joined: where it stands, what it fetches, how records leave it, what it commits.
// They know each other in a circle, so that some reach others only when they are called. All of them end with
// the scope, in the reverse order of their making: the membership first, then fetches, then commits.
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import { Compression } from "../../../layers/compression/Compression.ts"
import * as ClientError from "../ClientError.ts"
import { Cluster } from "../cluster/Cluster.ts"
import type { OffsetCommitter } from "../group/GroupContract.ts"
import * as OffsetCommitters from "../group/OffsetCommitter.ts"
import { BatchOpener } from "./BatchOpener.ts"
import { ConsumerCommits } from "./ConsumerCommits.ts"
import * as ConsumerMetrics from "./ConsumerMetrics.ts"
import type { ConsumerSettings } from "./ConsumerOptions.ts"
import { ConsumerPoll } from "./ConsumerPoll.ts"
import { ConsumerSeek } from "./ConsumerSeek.ts"
import { ConsumerSubscription } from "./ConsumerSubscription.ts"
import { FetchBuffer } from "./FetchBuffer.ts"
import { Fetcher } from "./Fetcher.ts"
import { PollSpans } from "./PollSpans.ts"
import { PositionKeeper } from "./PositionKeeper.ts"
import { RecordDelivery } from "./RecordDelivery.ts"
import { SubscriptionState } from "./SubscriptionState.ts"

export const make = Effect.fnUntraced(function*(settings: ConsumerSettings) {
  const cluster = yield* Cluster
  const { groupId } = settings
  const base = {
    cluster,
    settings,
    clock: yield* Clock.Clock,
    state: new SubscriptionState(),
    buffer: new FetchBuffer(settings.prefetchBytesMax),
    counters: new ConsumerMetrics.ConsumerCounters(),
    committer: groupId === undefined ? undefined : yield* OffsetCommitters.make(groupId)
  }
  const subscription: ConsumerSubscription = new ConsumerSubscription({
    ...base,
    scope: yield* Effect.scope,
    commitProcessed: (partitions) => commits.commitProcessed(partitions),
    onAdded: () => fetching.wake(),
    isWaiting: () => poll.isWaiting
  })
  const { buffer, committer, state } = base
  const commits: ConsumerCommits = yield* ConsumerCommits.make({
    settings,
    subscription: state,
    isThere: (topic) => cluster.view().topics.has(topic),
    commit: committer === undefined
      ? undefined
      : (offsets) => subscription.commit(committer, offsets)
  })
  const fetching = yield* makeFetching(base)
  yield* Effect.addFinalizer(() =>
    Effect.andThen(
      Effect.timeoutOrElse(commits.commitProcessed(state.all), {
        duration: settings.closeTimeoutMs,
        orElse: () => Effect.logWarning("closed before what was processed could be committed")
      }),
      Effect.sync(fetching.close)
    )
  )
  const poll: ConsumerPoll = yield* makePoll(base, () => {
    state.leaveBehind()
    subscription.polled()
  })
  const seek = new ConsumerSeek({
    state,
    buffer,
    apiTimeoutMs: cluster.config.apiTimeoutMs,
    onMoved: fetching.wake
  })
  return { buffer, cluster, commits, committer, poll, seek, state, subscription }
})

type Base = Readonly<{
  cluster: Cluster["Service"]
  settings: ConsumerSettings
  clock: Clock.Clock
  state: SubscriptionState
  buffer: FetchBuffer
  counters: ConsumerMetrics.ConsumerCounters
  committer: OffsetCommitter | undefined
}>

/** Names the lanes of a consumer's fetches, which are its own. */
let consumers = 0

/** Positions and fetches. */
const makeFetching = Effect.fnUntraced(function*(base: Base) {
  const { buffer, cluster, state } = base
  const runFork = yield* FiberSet.makeRuntime()
  const keeper: PositionKeeper = new PositionKeeper({
    ...base,
    subscription: state,
    onPositions: () => {
      buffer.wake()
      fetcher.pump()
    }
  })
  const fetcher: Fetcher = new Fetcher({
    ...base,
    subscription: state,
    run: (effect) => {
      runFork(effect)
    },
    lane: `fetch/${++consumers}`,
    onOutOfRange: keeper.outOfRange,
    onUnknown: keeper.wakeSoon
  })
  yield* Effect.forkScoped(keeper.run)
  const stopLooking = cluster.onRefresh(fetcher.pump)
  return {
    /** Something has changed: positions and fetches are looked at again. */
    wake: () => {
      keeper.wake()
      fetcher.pump()
    },
    close: () => {
      stopLooking()
      fetcher.close()
      buffer.close(ClientError.closed("the consumer is closed"))
    }
  }
})

const makePoll = Effect.fnUntraced(function*(base: Base, onPoll: () => void) {
  const { buffer, clock, cluster, counters, settings, state: subscription } = base
  const { clientId } = cluster.config
  const isCommittedOnly = settings.isolationLevel === "read_committed"
  yield* ConsumerMetrics.offer({ clientId, counters, buffer, subscription, isCommittedOnly })
  const tracer = yield* Effect.tracer
  const nowMs = () => clock.currentTimeMillisUnsafe()
  const { decompressedBytesMax, groupId } = settings
  const runFork = yield* FiberSet.makeRuntime()
  const opener = new BatchOpener(yield* Compression, decompressedBytesMax, (effect) => {
    runFork(effect)
  })
  return new ConsumerPoll({
    buffer,
    delivery: new RecordDelivery(buffer, subscription, opener),
    counters,
    spans: settings.spans ? new PollSpans({ tracer, clientId, groupId, nowMs }) : undefined,
    onPoll
  })
})
