// A pool of long-lived fibers, each with a bounded mailbox: work for one key always meets the same
// fiber, so that it runs strictly in order and needs no lock. Jobs are short and synchronous; what
// they start (a disk write) goes on elsewhere. A full mailbox suspends who offers: that is how a busy
// partition slows its producers down. The pool lives as long as its scope.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import { BrokerConfig } from "../config/BrokerConfig.ts"

export class ShardPool extends Context.Service<ShardPool, {
  readonly size: number
  /** The shard of a key, for life. */
  readonly shardOf: (key: string) => number
  /** Ends when the job has its place in the shard's mailbox. */
  readonly submit: (shard: number, job: () => void) => Effect.Effect<void>
}>()("mymq/layers/shards/ShardPool") {
  static readonly layer: Layer.Layer<ShardPool, never, BrokerConfig> = Layer.effect(
    ShardPool,
    Effect.gen(function*() {
      const { shardMailboxCapacity, shards } = yield* BrokerConfig
      return yield* make(shards, shardMailboxCapacity)
    })
  )
}

/** FNV-1a: spreads names that differ in their last digit. */
const hash = (key: string): number => {
  let value = 0x811c9dc5
  for (let i = 0; i < key.length; i++) value = Math.imul(value ^ key.charCodeAt(i), 0x01000193)
  return value >>> 0
}

const make = Effect.fnUntraced(function*(size: number, capacity: number) {
  const mailboxes = yield* Effect.replicateEffect(Queue.bounded<() => void>(capacity), size)
  for (const mailbox of mailboxes) {
    yield* Effect.forkScoped(Effect.forever(drain(mailbox), { disableYield: true }))
  }
  return ShardPool.of({
    size,
    shardOf: (key) => hash(key) % size,
    submit: (shard, job) => Queue.offer(mailboxes[shard]!, job)
  })
})

/** Takes all that waits and runs it. A job that throws is a defect of its own, not of the shard. */
const drain = Effect.fnUntraced(function*(mailbox: Queue.Dequeue<() => void>) {
  const jobs = yield* Queue.takeAll(mailbox)
  for (const job of jobs) {
    const defect = attempt(job)
    if (defect !== undefined) yield* Effect.logError("a job of a shard ended in a defect", defect)
  }
})

const attempt = (job: () => void): unknown => {
  try {
    job()
    return undefined
  } catch (defect) {
    return defect ?? new Error("a job threw undefined")
  }
}
