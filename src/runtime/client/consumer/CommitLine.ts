// Commits of one consumer, one after the other: those that wait while one is under way go out together, and
// each is told what became of it, in the order in which they came.
//
// Invariants: a later offset of a partition wins over an earlier one of the line; what is told to one is told
// once, also when the line is closed; the line is bounded, and who commits faster than the broker takes waits;
// what is wrong with one commit is no matter of those that went out with it.
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberSet from "effect/FiberSet"
import * as Queue from "effect/Queue"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import * as ClientError from "../ClientError.ts"
import type { OffsetToCommit } from "../group/GroupContract.ts"

export type Offsets = ReadonlyMap<string, OffsetToCommit>
export type CommitResult = Exit.Exit<void, ClientError.ClientError>

interface Job {
  readonly offsets: Offsets
  readonly done: (result: CommitResult) => void
}

/** Commits that wait; more suspend whoever commits. */
const WAITING_MAX = 1024

/** Errors that may be about one partition of many. */
const OF_PARTITIONS: ReadonlySet<ErrorCode> = new Set([
  ErrorCode.ILLEGAL_GENERATION,
  ErrorCode.TOPIC_AUTHORIZATION_FAILED,
  ErrorCode.OFFSET_METADATA_TOO_LARGE,
  ErrorCode.INVALID_COMMIT_OFFSET_SIZE
])

const CLOSED = ClientError.closed("the consumer is closed")

export class CommitLine {
  private readonly commit: (offsets: Offsets) => Effect.Effect<void, ClientError.ClientError>
  private readonly queue: Queue.Queue<Job>
  private readonly run: (work: Effect.Effect<void>) => unknown
  /** Those that have left the line and were told nothing yet, in order. */
  private underWay: Array<Job> = []
  /** Whether a fiber works off the line. */
  private isBusy = false
  private isClosed = false

  private constructor(
    commit: (offsets: Offsets) => Effect.Effect<void, ClientError.ClientError>,
    queue: Queue.Queue<Job>,
    run: (work: Effect.Effect<void>) => unknown
  ) {
    this.commit = commit
    this.queue = queue
    this.run = run
  }

  /** The line goes on until the scope closes. */
  static make = Effect.fnUntraced(function*(
    commit: (offsets: Offsets) => Effect.Effect<void, ClientError.ClientError>
  ) {
    const queue = yield* Queue.bounded<Job>(WAITING_MAX)
    // Done when its fiber has come to its end.
    yield* Effect.addFinalizer(() => line.close)
    const run = yield* FiberSet.makeRuntime<never, void>()
    const line: CommitLine = new CommitLine(commit, queue, run)
    return line
  })

  /** Ends when the commit is done, or fails with what it failed with. */
  readonly wait = (offsets: Offsets): Effect.Effect<void, ClientError.ClientError> =>
    Effect.suspend(() => {
      if (this.isClosed) return CLOSED
      const done = Deferred.makeUnsafe<void, ClientError.ClientError>()
      const job: Job = { offsets, done: (result) => Deferred.doneUnsafe(done, result) }
      return Effect.andThen(this.enter(job), Deferred.await(done))
    })

  /** Ends when the commit is in line; `callback` runs once, when it is done. */
  readonly submit = (
    offsets: Offsets,
    callback: (result: CommitResult) => void
  ): Effect.Effect<void> =>
    Effect.suspend(() => {
      const job: Job = { offsets, done: callback }
      return this.isClosed ? told(job, Exit.fail(CLOSED)) : this.enter(job)
    })

  /** Nobody is before it: it goes out at once, on this stack. */
  private enter(job: Job): Effect.Effect<void> {
    if (this.isBusy) return Effect.asVoid(Queue.offer(this.queue, job))
    this.isBusy = true
    // There is room, and `close` finds it there when no fiber runs any more.
    Queue.offerUnsafe(this.queue, job)
    this.run(this.work)
    return Effect.void
  }

  /** Settles what is in line, and what has come meanwhile, until nothing waits. */
  private readonly work: Effect.Effect<void> = Effect.suspend(() =>
    Effect.gen({ self: this }, function*() {
      while (Queue.sizeUnsafe(this.queue) > 0) yield* this.settle(yield* Queue.takeAll(this.queue))
      // On the stack that has seen that nothing waits.
      this.isBusy = false
    }).pipe(
      Effect.catchCause((cause) => {
        this.isBusy = false
        return Effect.logError("offsets could not be committed", cause)
      })
    )
  )

  private readonly settle = Effect.fnUntraced(
    function*(this: CommitLine, jobs: ReadonlyArray<Job>) {
      this.underWay = [...jobs]
      const [only] = jobs
      const offsets = jobs.length === 1 ? only!.offsets : merged(jobs)
      const result = yield* Effect.exit(this.commit(offsets))
      const isShared = jobs.length === 1 || !isOfPartitions(result)
      for (const job of jobs) {
        const own = isShared ? result : yield* Effect.exit(this.commit(job.offsets))
        this.underWay.shift()
        yield* told(job, own)
      }
    }
  )

  private readonly close: Effect.Effect<void> = Effect.gen({ self: this }, function*() {
    this.isClosed = true
    for (;;) {
      const left = [...this.underWay, ...yield* Queue.clear(this.queue)]
      this.underWay = []
      if (left.length === 0) return
      for (const job of left) yield* told(job, Exit.fail(CLOSED))
    }
  })
}

/** What an application's callback throws is its own affair, and must not end the line. */
const told = ({ done }: Job, result: CommitResult): Effect.Effect<void> =>
  Effect.catchCause(
    Effect.sync(() => done(result)),
    (cause) => Effect.logError("the callback of a commit has thrown", cause)
  )

const isOfPartitions = (result: CommitResult): boolean => {
  const error = Exit.findErrorOption(result)
  return error._tag === "Some" && OF_PARTITIONS.has(error.value.errorCode)
}

const merged = (jobs: ReadonlyArray<Job>): Offsets => {
  const offsets = new Map<string, OffsetToCommit>()
  for (const job of jobs) {
    for (const [key, offset] of job.offsets) offsets.set(key, offset)
  }
  return offsets
}
