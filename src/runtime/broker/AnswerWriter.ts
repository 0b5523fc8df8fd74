// Sends a connection's answers in the order of its requests. One that is ready, with none before it that is
// not, is sent at once on the reader's stack; others stand in a bounded line for a fiber of their own, which
// sends together what is ready together. A client that has gone only means that nobody reads the answers.
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import { Writer } from "../../domain/wire/Writer.ts"
import * as Ended from "../../layers/shards/Ended.ts"
import type { Connection } from "../../layers/transport/Transport.ts"
import type { Dispatched } from "./Router.ts"

/** A request that was dispatched: its answer, and what to do when that has gone out. */
export interface Pending {
  readonly dispatched: Dispatched
  readonly done: () => void
}

const finish = (pendings: ReadonlyArray<Pending>): void => {
  for (const pending of pendings) pending.done()
}

const isReady = ({ dispatched: { outcome } }: Pending): boolean =>
  outcome._tag === "Ready" || outcome.isReady()

/** Answers sent in one write at most. */
const WRITE_BYTES_MAX = 256 * 1024

export class AnswerWriter {
  /** Set when the client takes no more: what follows is not encoded. */
  isBroken = false
  /** Why the connection is given up, until it is. */
  private defect: unknown
  private readonly connection: Connection
  private readonly line: Queue.Queue<Pending, Cause.Done>
  private readonly writer = new Writer()
  private readonly settling: Array<() => void> = []
  private unanswered = 0
  /** What the line holds, to be looked at. */
  private readonly inLine: Array<Pending> = []

  private constructor(connection: Connection, line: Queue.Queue<Pending, Cause.Done>) {
    this.connection = connection
    this.line = line
  }

  static make(connection: Connection, inFlightMax: number): Effect.Effect<AnswerWriter> {
    return Effect.map(
      Queue.bounded<Pending, Cause.Done>(inFlightMax),
      (line) => new AnswerWriter(connection, line)
    )
  }

  /** Takes the next answer when it is called; ends at once, or when there are fewer in flight. */
  offer(pending: Pending): Effect.Effect<void> {
    const { outcome } = pending.dispatched
    if (outcome._tag === "Ready" && this.unanswered === 0) {
      return this.send(this.encode(pending, outcome.response), [pending])
    }
    const isNext = isReady(pending) && this.isLineReady
    this.unanswered++
    if (isNext) {
      while (Queue.sizeUnsafe(this.line) > 0) Queue.takeUnsafe(this.line)
      return this.answer([...this.inLine.splice(0), pending])
    }
    this.inLine.push(pending)
    return Effect.asVoid(Queue.offer(this.line, pending))
  }

  /**
   * Whether all before the next could be sent on the reader's stack. The fiber's turn comes only
   * when nothing more is to be read, and a client may have sent all it may, and wait for that long.
   */
  private get isLineReady(): boolean {
    // What the fiber has taken is no longer in the line, and not answered.
    return this.unanswered === Queue.sizeUnsafe(this.line) && this.inLine.every(isReady)
  }

  /** Gives what ends when everything that was offered is answered. */
  readonly settled = (): Effect.Effect<void> =>
    this.unanswered === 0 ? Effect.void : Effect.callback<void>((resume) => {
      if (this.unanswered === 0) resume(Effect.void)
      else this.settling.push(() => resume(Effect.void))
    })

  /** No more will be offered; `run` ends when the line is empty. */
  readonly end: Effect.Effect<void> = Effect.suspend(() => Effect.asVoid(Queue.end(this.line)))

  /** The fiber that works off the line. */
  readonly run: Effect.Effect<void> = Effect.suspend(() =>
    Effect.forever(
      Effect.flatMap(Queue.takeAll(this.line), (batch) => {
        this.inLine.splice(0, batch.length)
        return this.answer(batch)
      }),
      { disableYield: true }
    )
  ).pipe(
    Effect.catchTag("Done", () => Effect.void),
    Effect.onError(() => Effect.andThen(Queue.shutdown(this.line), this.connection.close))
  )

  private readonly answer = Effect.fnUntraced(
    function*(this: AnswerWriter, batch: ReadonlyArray<Pending>) {
      let chunks: Array<Uint8Array> = []
      let bytes = 0
      let encoded: Array<Pending> = []
      for (const pending of batch) {
        const { outcome } = pending.dispatched
        if ((!isReady(pending) || bytes > WRITE_BYTES_MAX) && encoded.length > 0) {
          yield* this.send(chunks, encoded)
          chunks = []
          bytes = 0
          encoded = []
        }
        const response = outcome._tag === "Ready"
          ? outcome.response
          : yield* this.awaited(outcome.response)
        for (const chunk of this.encode(pending, response)) {
          chunks.push(chunk)
          bytes += chunk.length
        }
        encoded.push(pending)
      }
      yield* this.send(chunks, encoded)
      this.unanswered -= batch.length
      if (this.unanswered === 0) { for (const wake of this.settling.splice(0)) wake() }
    }
  )

  /**
   * An answer that cannot be written is a defect of ours, which ends the connection. Those behind
   * it are waited for: their requests hold memory, and the log may still read their frames.
   */
  private encode(pending: Pending, response: unknown): ReadonlyArray<Uint8Array> {
    if (response === undefined || this.isBroken) return []
    try {
      return pending.dispatched.encode(this.writer, response)
    } catch (defect) {
      this.writer.discard()
      this.isBroken = true
      this.defect = defect
      return []
    }
  }

  private awaited(response: Effect.Effect<unknown>): Effect.Effect<unknown> {
    return Effect.catchCause(response, (cause) =>
      Effect.sync(() => {
        this.isBroken = true
        this.defect = cause
        return undefined
      }))
  }

  private readonly giveUp: Effect.Effect<void> = Effect.suspend(() => {
    const { connection, defect } = this
    this.defect = undefined
    return defect === undefined ? Effect.void : Effect.andThen(
      Effect.logError(`closing ${connection.peer}: an answer cannot be written`, defect),
      connection.close
    )
  })

  private send(
    chunks: ReadonlyArray<Uint8Array>,
    pendings: ReadonlyArray<Pending>
  ): Effect.Effect<void> {
    const written = chunks.length === 0 ? Effect.void : this.connection.writeNow(chunks)
    if (Ended.success(written) === undefined) {
      return written.pipe(
        Effect.catch(() =>
          Effect.sync(() => {
            this.isBroken = true
          })
        ),
        Effect.ensuring(Effect.sync(() => finish(pendings))),
        Effect.andThen(this.giveUp)
      )
    }
    finish(pendings)
    return this.defect === undefined ? Effect.void : this.giveUp
  }
}
