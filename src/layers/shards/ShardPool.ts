// A pool of long-lived fibers, each with a bounded mailbox: work for one key always meets the same
// shard, so that it runs strictly in order and needs no lock. Jobs are short and synchronous; what
// they start (a disk write) goes on elsewhere. A shard drains all that waits in one turn, and what the
// jobs put off to the end of the turn is then done once for all of them: that is how the requests of a
// burst become one write. A full mailbox suspends who offers: that is how a busy partition slows its
// producers down. The pool lives as long as its scope.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import { BrokerConfig } from "../config/BrokerConfig.ts"

/** What a job may put off until all jobs of the turn have run. */
export interface Turn {
  readonly atEnd: (work: () => void) => void
}

export type Job = (turn: Turn) => void

export class ShardPool extends Context.Service<ShardPool, {
  readonly size: number
  /** The shard of a key, for life. */
  readonly shardOf: (key: string) => number
  /**
   * Takes its place in the shard's mailbox when it is called, and ends when it has it. Once so many
   * bytes wait that they are worth a write of their own (AT_ONCE_BYTES; Infinity: whatever waits),
   * the turn is run at once, unless `hasMore` says that others follow on this stack.
   */
  readonly submit: (
    shard: number,
    job: Job,
    bytes?: number,
    hasMore?: boolean
  ) => Effect.Effect<void>
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
  const mailboxes = yield* Effect.replicateEffect(Queue.bounded<Job>(capacity), size)
  const waitingBytes = new Float64Array(size)
  let isInTurn = false
  const turn = (jobs: ReadonlyArray<Job>): ReadonlyArray<unknown> => {
    isInTurn = true
    const defects = runTurn(jobs)
    isInTurn = false
    return defects
  }
  for (const [shard, mailbox] of mailboxes.entries()) {
    const run = (jobs: ReadonlyArray<Job>) => {
      waitingBytes[shard] = 0
      return turn(jobs)
    }
    yield* Effect.forkScoped(Effect.forever(drain(mailbox, run), { disableYield: true }))
  }
  const context = yield* Effect.context()
  return ShardPool.of({
    size,
    shardOf: (key) => hash(key) % size,
    submit: (shard, job, bytes = 0, hasMore = false) => {
      const mailbox = mailboxes[shard]!
      const waiting = waitingBytes[shard]! + bytes
      if (waiting < AT_ONCE_BYTES || hasMore || isInTurn) {
        waitingBytes[shard] = waiting
        const isIn = Queue.offerUnsafe(mailbox, job)
        return isIn ? Effect.void : Effect.asVoid(Queue.offer(mailbox, job))
      }
      waitingBytes[shard] = 0
      const defects = turn([...waitingIn(mailbox), job])
      return defects.length === 0
        ? Effect.void
        : Effect.provideContext(logDefects(defects), context)
    }
  })
})

/**
 * From here on a write of its own costs less than waiting for others: its sender goes on while it
 * is answered, instead of sending all that it may and then waiting for all of it.
 */
export const AT_ONCE_BYTES = 32 * 1024

/** One turn: takes all that waits and runs it, then what was put off. */
const drain = Effect.fnUntraced(function*(
  mailbox: Queue.Dequeue<Job>,
  run: (jobs: ReadonlyArray<Job>) => ReadonlyArray<unknown>
) {
  const defects = run(yield* Queue.takeAll(mailbox))
  if (defects.length > 0) yield* logDefects(defects)
})

/** All that waits, out of the mailbox. */
const waitingIn = (mailbox: Queue.Dequeue<Job>): ReadonlyArray<Job> => {
  const jobs: Array<Job> = []
  for (;;) {
    const taken = Queue.sizeUnsafe(mailbox) > 0 ? Queue.takeUnsafe(mailbox) : undefined
    if (taken?._tag !== "Success") return jobs
    jobs.push(taken.value)
  }
}

const logDefects = (defects: ReadonlyArray<unknown>): Effect.Effect<void> =>
  Effect.forEach(
    defects,
    (defect) => Effect.logError("a job of a shard ended in a defect", defect),
    { discard: true }
  )

const NO_DEFECTS: ReadonlyArray<unknown> = []

/** A job that throws is a defect of its own, not of the shard: gives those there were. */
const runTurn = (jobs: ReadonlyArray<Job>): ReadonlyArray<unknown> => {
  let defects: Array<unknown> | undefined
  const ends: Array<() => void> = []
  const turn: Turn = { atEnd: (work) => ends.push(work) }
  for (const job of jobs) {
    try {
      job(turn)
    } catch (defect) {
      defects = [...defects ?? [], defect]
    }
  }
  for (const end of ends) {
    try {
      end()
    } catch (defect) {
      defects = [...defects ?? [], defect]
    }
  }
  return defects ?? NO_DEFECTS
}
