// A connection whose kernel has no room, and that nobody reads: nothing comes, and no write ends. Tests replace of it
// what they look at.
import * as Effect from "effect/Effect"
import type { Connection } from "../../src/layers/transport/Transport.ts"

const HERE = { host: "127.0.0.1", port: 9092 }

export const stuck: Connection = {
  peer: "127.0.0.1:9092",
  remote: HERE,
  local: HERE,
  principal: undefined,
  take: Effect.never,
  recycle: () => {},
  write: () => Effect.never,
  writeNow: () => Effect.never,
  onEnd: () => () => {},
  close: Effect.void
}
