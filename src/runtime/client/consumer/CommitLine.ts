// Commits of one consumer, one after the other: those that wait while one is under way go out together, and
// each is told what became of it, in the order in which they came.
//
// Invariants: a later offset of a partition wins over an earlier one of the line; what is told to one is told
// once; the line is bounded, and who commits faster than the broker takes waits.
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Queue from "effect/Queue"
import type { ClientError } from "../ClientError.ts"
import type { OffsetToCommit } from "../group/GroupContract.ts"

export type Offsets = ReadonlyMap<string, OffsetToCommit>
export type CommitResult = Exit.Exit<void, ClientError>

interface Job {
  readonly offsets: Offsets
  readonly done: (result: CommitResult) => void
}

/** Commits that wait; more suspend whoever commits. */
const WAITING_MAX = 1024

export class CommitLine {
  private readonly commit: (offsets: Offsets) => Effect.Effect<void, ClientError>
  private readonly queue: Queue.Queue<Job>

  private constructor(
    commit: (offsets: Offsets) => Effect.Effect<void, ClientError>,
    queue: Queue.Queue<Job>
  ) {
    this.commit = commit
    this.queue = queue
  }

  /** The line goes on until the scope closes. */
  static make = Effect.fnUntraced(function*(
    commit: (offsets: Offsets) => Effect.Effect<void, ClientError>
  ) {
    const line = new CommitLine(commit, yield* Queue.bounded<Job>(WAITING_MAX))
    yield* Effect.forkScoped(line.run)
    return line
  })

  /** Ends when the commit is done, or fails with what it failed with. */
  readonly wait = (offsets: Offsets): Effect.Effect<void, ClientError> =>
    Effect.suspend(() => {
      const done = Deferred.makeUnsafe<void, ClientError>()
      const job: Job = { offsets, done: (result) => Deferred.doneUnsafe(done, result) }
      return Effect.andThen(Queue.offer(this.queue, job), Deferred.await(done))
    })

  /** Ends when the commit is in line; `callback` runs once, when it is done. */
  readonly submit = (
    offsets: Offsets,
    callback: (result: CommitResult) => void
  ): Effect.Effect<void> => Effect.asVoid(Queue.offer(this.queue, { offsets, done: callback }))

  private readonly run: Effect.Effect<void> = Effect.suspend(() =>
    Effect.forever(
      Effect.flatMap(Queue.takeAll(this.queue), (jobs) => this.settle(jobs)),
      { disableYield: true }
    )
  ).pipe(
    Effect.catchCause((cause) => Effect.logError("offsets are no longer committed", cause))
  )

  private readonly settle = Effect.fnUntraced(
    function*(this: CommitLine, jobs: ReadonlyArray<Job>) {
      const [only] = jobs
      const offsets = jobs.length === 1 ? only!.offsets : merged(jobs)
      const result = yield* Effect.exit(this.commit(offsets))
      for (const { done } of jobs) {
        // What an application's callback throws is its own affair, and must not end the line.
        yield* Effect.catchCause(
          Effect.sync(() => done(result)),
          (cause) => Effect.logError("the callback of a commit has thrown", cause)
        )
      }
    }
  )
}

const merged = (jobs: ReadonlyArray<Job>): Offsets => {
  const offsets = new Map<string, OffsetToCommit>()
  for (const job of jobs) {
    for (const [key, offset] of job.offsets) offsets.set(key, offset)
  }
  return offsets
}
