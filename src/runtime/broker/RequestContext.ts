// What a handler may know of the request it answers, beside the request itself.
import type { ListenerConfig } from "../../layers/config/BrokerConfig.ts"
import type { Connection } from "../../layers/transport/Transport.ts"

/** Versions of an API that the broker serves, for ApiVersions. */
export interface ServedApi {
  readonly key: number
  readonly min: number
  readonly max: number
}

export interface RequestContext {
  readonly connection: Connection
  readonly listener: ListenerConfig
  readonly apiVersion: number
  readonly clientId: string | null
  readonly served: ReadonlyArray<ServedApi>
  /** The connection's next request has arrived, too. */
  readonly hasMore: boolean
  /**
   * Calls back when nobody waits for the answer any more (the client has gone, the broker stops):
   * a long poll answers at once then. Returns the undo.
   */
  readonly onCancel: (callback: () => void) => () => void
  /**
   * Says that nobody will look at the request's bytes once its answer is there: the next frame may
   * use their memory.
   */
  readonly recycleFrame: () => void
  /** Runs when the answer's bytes are no longer needed: buffers go back to their pool. */
  readonly onSent: (callback: () => void) => void
}
