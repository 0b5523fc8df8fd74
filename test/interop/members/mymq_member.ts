// A group member of this package, driven and watched by Members.ts, with the same words as the
// others (see confluent_member.py): lines of JSON say what happens, "pause MS", "resume", "commit",
// "subscribe TOPIC" (at the start only) and "leave" are taken. It reads by itself, one plain Fetch
// after the other, so that nothing but membership and commits stands between it and the broker.
//
//   node mymq_member.ts '{"bootstrap": ..., "group": ..., "topic": ..., "assignor": ..., "protocol": "classic"
//     | "consumer", "instance": null, "sessionTimeoutMs": 6000, "commitEvery": 10}'
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as fs from "node:fs"
import * as readline from "node:readline"
import { ErrorCode } from "../../../src/domain/ErrorCode.ts"
import { Fetch } from "../../../src/domain/protocol/Fetch.ts"
import { ListOffsets } from "../../../src/domain/protocol/ListOffsets.ts"
import * as Record from "../../../src/domain/record/Record.ts"
import * as RecordBatch from "../../../src/domain/record/RecordBatch.ts"
import type { TopicPartition } from "../../../src/domain/Topic.ts"
import * as Topic from "../../../src/domain/Topic.ts"
import * as ClientConfig from "../../../src/layers/config/ClientConfig.ts"
import * as NodeTransport from "../../../src/layers/transport/NodeTransport.ts"
import { Cluster } from "../../../src/runtime/client/cluster/Cluster.ts"
import * as GroupCommits from "../../../src/runtime/client/group/GroupCommits.ts"
import type {
  AssignorName,
  GroupMembership,
  OffsetToCommit
} from "../../../src/runtime/client/group/GroupContract.ts"
import * as Membership from "../../../src/runtime/client/group/GroupMembership.ts"
import * as OffsetCommitter from "../../../src/runtime/client/group/OffsetCommitter.ts"
import * as Requests from "../../world/Requests.ts"

const options = JSON.parse(process.argv[2]!) as {
  readonly bootstrap: string
  readonly group: string
  readonly topic: string
  readonly assignor: AssignorName
  readonly protocol?: "classic" | "consumer"
  readonly instance?: string
  readonly sessionTimeoutMs: number
  readonly commitEvery: number
}

/** Topics go by name up to this version. */
const FETCH_VERSION_MAX = 12
const PAUSED_POLL_MS = 10
const IDLE_POLL_MS = 20

const now = () => Number(process.hrtime.bigint()) / 1e6
const say = (event: string, fields: object = {}) => {
  fs.writeSync(1, `${JSON.stringify({ t: now(), event, ...fields })}\n`)
}
const numbersOf = (partitions: ReadonlyArray<TopicPartition>) =>
  partitions.map(({ partition }) => partition).sort((a, b) => a - b)

/** The last batch of a fetch may be cut off. */
const isWholeAt = (records: Buffer, at: number): boolean =>
  records.length - at >= RecordBatch.HEADER_BYTES &&
  records.length - at >= RecordBatch.sizeBytes(records, at)

class Reader {
  /** Of the next record, by partition; a partition that is not here is not read. */
  readonly positions = new Map<number, number>()
  readonly pending = new Map<number, number>()
  readonly processed = new Map<number, number>()
  sinceCommit = 0

  giveUp(event: "revoked" | "lost", partitions: ReadonlyArray<TopicPartition>): void {
    for (const { partition } of partitions) {
      this.positions.delete(partition)
      this.pending.delete(partition)
      this.processed.delete(partition)
    }
    say(event, { partitions: numbersOf(partitions) })
  }

  /** Records of one partition, as long as it is still read from there. */
  take(partition: number, from: number, records: Buffer): void {
    for (let at = 0; isWholeAt(records, at); at += RecordBatch.sizeBytes(records, at)) {
      for (const { offset, value } of Record.ofBatch(records, at)) {
        if (offset < from || this.positions.get(partition) !== from) continue
        say("record", { partition, offset, value: value?.toString() })
        from = offset + 1
        this.positions.set(partition, from)
        this.pending.set(partition, from)
        this.processed.set(partition, from)
        this.sinceCommit++
      }
    }
  }
}

const program = Effect.gen(function*() {
  const { commitEvery, group, topic } = options
  const cluster = yield* Cluster
  const committer = yield* OffsetCommitter.make(group)
  const commands = yield* Queue.unbounded<ReadonlyArray<string>>()
  const input = readline.createInterface({ input: process.stdin })
  input.on("line", (line) => Queue.offerUnsafe(commands, line.split(" ")))
  input.on("close", () => Queue.offerUnsafe(commands, ["leave"]))
  const reader = new Reader()

  const commitPending = (membership: GroupMembership) =>
    Effect.suspend(() => {
      reader.sinceCommit = 0
      const pending = [...reader.pending]
      if (pending.length === 0) return Effect.void
      const t = now()
      const offsets = new Map(
        pending.map(([partition, offset]): [string, OffsetToCommit] => [
          Topic.format(topic, partition),
          { topic, partition, offset }
        ])
      )
      return GroupCommits.commit(cluster, membership, committer, offsets).pipe(
        Effect.map(() => {
          say("committed", { t, offsets: pending })
          for (const [partition, offset] of pending) {
            if (reader.pending.get(partition) === offset) reader.pending.delete(partition)
          }
        }),
        Effect.catch((error) => Effect.sync(() => say("refused", { error: error.message })))
      )
    })

  /** Where the group has come to, or the beginning. */
  const positionsOf = Effect.fnUntraced(function*(partitions: ReadonlyArray<TopicPartition>) {
    const committed = yield* committer.fetch(partitions, membership.identity())
    const positions = new Map<number, number>()
    for (const { partition } of partitions) {
      const known = committed.get(Topic.format(topic, partition))
      positions.set(partition, known?.offset ?? (yield* earliest(partition)))
    }
    return positions
  })

  const earliest = Effect.fnUntraced(function*(partition: number) {
    const request = Requests.listOffsets(topic, -2)
    const topics = [{
      name: topic,
      partitions: [{ ...request.topics[0]!.partitions[0]!, partitionIndex: partition }]
    }]
    while (true) {
      const answer = yield* cluster.ask(ListOffsets, { ...request, topics })
      const { errorCode, offset } = answer.topics[0]!.partitions[0]!
      if (errorCode === ErrorCode.NONE) return offset
      // The topic is new, and its leader not ready.
      yield* Effect.sleep(IDLE_POLL_MS)
    }
  })

  const membership: GroupMembership = yield* Membership.make({
    groupId: group,
    groupInstanceId: options.instance,
    topics: [topic],
    protocol: options.protocol,
    assignors: [options.assignor],
    sessionTimeoutMs: options.sessionTimeoutMs,
    heartbeatIntervalMs: Math.max(100, options.sessionTimeoutMs / 20),
    rebalanceTimeoutMs: 60_000
  }, {
    onAssigned: (partitions) =>
      Effect.gen(function*() {
        say("assigned", { partitions: numbersOf(partitions) })
        for (const [partition, at] of yield* positionsOf(partitions)) {
          reader.positions.set(partition, at)
        }
      }).pipe(Effect.orDie),
    onRevoked: (partitions) =>
      Effect.andThen(
        commitPending(membership),
        Effect.sync(() => reader.giveUp("revoked", partitions))
      ),
    onLost: (partitions) => Effect.sync(() => reader.giveUp("lost", partitions))
  })
  yield* Effect.forkScoped(
    Effect.catch(
      membership.failure,
      (error) => Effect.sync(() => say("error", { message: error.message }))
    )
  )

  const poll = Effect.gen(function*() {
    const wanted = [...reader.positions]
    if (wanted.length === 0) return yield* Effect.sleep(IDLE_POLL_MS)
    const connection = yield* cluster.connection([...cluster.view().brokers.keys()][0]!, "fetch")
    const request = Requests.fetch(topic, 0, { maxWaitMs: 100 })
    const template = request.topics[0]!.partitions[0]!
    const partitions = wanted.map(([partition, fetchOffset]) => ({
      ...template,
      partition,
      fetchOffset
    }))
    const topics = [{ topic, topicId: Topic.NO_TOPIC_ID, partitions }]
    const answer = yield* connection.request(Fetch, { ...request, topics }, {
      versionMax: FETCH_VERSION_MAX
    })
    for (const { partitionIndex, records } of answer.responses.flatMap((one) => one.partitions)) {
      const from = wanted.find(([partition]) => partition === partitionIndex)![1]
      if (records !== null) reader.take(partitionIndex, from, Buffer.from(records))
    }
    const isDue = commitEvery > 0 && reader.sinceCommit >= commitEvery
    if (isDue) yield* commitPending(membership)
  }).pipe(
    Effect.catch(({ message }) =>
      Effect.andThen(Effect.sync(() => say("error", { message })), Effect.sleep(IDLE_POLL_MS))
    )
  )

  say("ready")
  let pausedUntilMs = 0
  while (true) {
    const [command, argument] = Queue.sizeUnsafe(commands) > 0 ? yield* Queue.take(commands) : []
    if (command === "leave") break
    if (command === "resume") pausedUntilMs = 0
    if (command === "pause") {
      pausedUntilMs = now() + Number(argument)
      say("paused")
    }
    if (command === "commit") {
      for (const [partition, offset] of reader.processed) reader.pending.set(partition, offset)
      yield* commitPending(membership)
    }
    if (now() < pausedUntilMs) {
      yield* Effect.sleep(PAUSED_POLL_MS)
      continue
    }
    membership.polled()
    yield* poll
  }
  yield* membership.leave
  say("closed")
})

const config = ClientConfig.layer({
  bootstrapServers: options.bootstrap,
  retryBackoffMs: 50,
  reconnectBackoffMs: 20,
  reconnectBackoffMsMax: 200
})

await Effect.runPromise(
  program.pipe(
    Effect.scoped,
    Effect.provide(Cluster.layer.pipe(Layer.provide([config, NodeTransport.layer])))
  )
)
process.exit(0)
