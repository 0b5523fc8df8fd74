// What was fetched as a stream of batches. A batch is processed when the next one is pulled; a stream that ends
// before, because it failed or because nobody wanted more, takes its last batch back: whoever reads on gets it
// again, from the commit on where a part of it was committed. So a stream that is retried loses nothing.
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { ClientError } from "../ClientError.ts"
import type { ConsumerBatch } from "./ConsumerBatch.ts"
import type { ConsumerPoll } from "./ConsumerPoll.ts"
import type { ConsumerSeek } from "./ConsumerSeek.ts"

export const make = <A>(
  poll: ConsumerPoll,
  seek: ConsumerSeek,
  chunkOf: (batch: ConsumerBatch) => readonly [A, ...Array<A>]
): Stream.Stream<A, ClientError> =>
  Stream.unwrap(Effect.gen(function*() {
    let last: ConsumerBatch | undefined
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        if (last !== undefined) seek.takeBack(last)
      })
    )
    const next = poll.nextBatch((batch) => {
      last = batch
    })
    const pull = Effect.suspend(() => {
      last = undefined
      return Effect.map(next, chunkOf)
    })
    return Stream.fromPull(Effect.succeed(pull))
  }))
