// A broker in memory and an admin of it; and what tests of it need to be there first.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { OffsetCommit } from "../../src/domain/protocol/OffsetCommit.ts"
import { Produce } from "../../src/domain/protocol/Produce.ts"
import { Admin } from "../../src/runtime/client/Admin.ts"
import * as BrokerWorld from "./BrokerWorld.ts"
import * as ClientWorld from "./ClientWorld.ts"
import * as Groups from "./Groups.ts"
import * as Requests from "./Requests.ts"

/** Groups begin without waiting for more members. */
export const layer = ({ broker, ...options }: ClientWorld.WorldOptions = {}) =>
  Admin.layer.pipe(Layer.provideMerge(ClientWorld.layer({
    ...options,
    broker: { "group.initial.rebalance.delay.ms": "0", ...broker }
  })))

/** One batch with a record for each value; all have the timestamp. */
export const produce = Effect.fnUntraced(function*(
  topic: string,
  partition: number,
  values: ReadonlyArray<string>,
  timestampMs = 0
) {
  const client = yield* BrokerWorld.connect
  const batch = BrokerWorld.batch(values, {}, timestampMs)
  return yield* client.ask(Produce, 8, Requests.produce(topic, batch, { partition }))
})

/** As a consumer that is no member. */
export const commit = Effect.fnUntraced(function*(
  groupId: string,
  topic: string,
  partition: number,
  offset: number
) {
  const client = yield* BrokerWorld.connect
  return yield* client.ask(OffsetCommit, 7, Groups.commit(groupId, offset, { topic, partition }))
})
