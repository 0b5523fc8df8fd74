// The life of an accepted connection: its session runs in a fiber of the listener's scope, and however
// that ends (done, died, interrupted), the connection is closed. A defect ends its own connection
// only, and is logged here, since nobody joins the fiber.
import * as Effect from "effect/Effect"
import type { Connection } from "./Transport.ts"

export const serve = <C extends Connection>(
  connection: C,
  onConnection: (connection: C) => Effect.Effect<void>
): Effect.Effect<void> =>
  Effect.suspend(() => onConnection(connection)).pipe(
    Effect.catchCause((cause) => Effect.logError(`the session of ${connection.peer} died`, cause)),
    Effect.ensuring(connection.close)
  )
