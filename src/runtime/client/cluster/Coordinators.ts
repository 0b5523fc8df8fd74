// Which broker coordinates a group or a transactional id, found once and remembered until it turns out to
// be another; and requests to it, sent again while the coordinator is moving or still reading its state.
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import { FindCoordinator } from "../../../domain/protocol/FindCoordinator.ts"
import type * as Api from "../../../domain/wire/Api.ts"
import * as ClientError from "../ClientError.ts"
import type { BrokerConnection, RequestOptions } from "./BrokerConnection.ts"
import type { Cluster } from "./Cluster.ts"

/** Numbers of FindCoordinator's key types. */
export const KEY_TYPES = { group: 0, transaction: 1 } as const
export type KeyType = keyof typeof KEY_TYPES

/** Errors after which another broker, or the same one a little later, may be the coordinator. */
export const isMoved = (errorCode: ErrorCode): boolean =>
  errorCode === ErrorCode.NOT_COORDINATOR ||
  errorCode === ErrorCode.COORDINATOR_NOT_AVAILABLE ||
  errorCode === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS

const name = (keyType: KeyType, key: string): string => `${keyType}/${key}`

export class Coordinators {
  private readonly cluster: Cluster["Service"]
  private readonly known = new Map<string, number>()

  constructor(cluster: Cluster["Service"]) {
    this.cluster = cluster
  }

  /** Whether a request goes out at once: the coordinator is known, and connected in that lane. */
  isConnected(keyType: KeyType, key: string, lane: string): boolean {
    const nodeId = this.known.get(name(keyType, key))
    return nodeId !== undefined && this.cluster.opened(nodeId, lane) !== undefined
  }

  /** A connection to the coordinator, in a lane of the caller's choice. */
  readonly connection = (
    keyType: KeyType,
    key: string,
    lane: string
  ): Effect.Effect<BrokerConnection, ClientError.ClientError> =>
    Effect.suspend(() => {
      const nodeId = this.known.get(name(keyType, key))
      const found = nodeId === undefined ? this.find(keyType, key) : Effect.succeed(nodeId)
      return Effect.flatMap(found, (id) => this.cluster.connection(id, lane))
    }).pipe(
      Effect.tapError(() => Effect.sync(() => this.forget(keyType, key)))
    )

  /**
   * One request to the coordinator. Forgets who that is when the connection breaks; an answer that
   * says so (`isMoved`) is for the caller to notice, who then calls `forget`.
   */
  readonly request = <A extends Api.Api>(
    keyType: KeyType,
    key: string,
    lane: string,
    api: A,
    body: Api.Request<A>,
    options?: RequestOptions
  ): Effect.Effect<Api.Response<A>, ClientError.ClientError> =>
    this.connection(keyType, key, lane).pipe(
      Effect.flatMap((connection) => connection.request(api, body, options)),
      Effect.tapError((error) =>
        Effect.sync(() => {
          if (error.isRetriable) this.forget(keyType, key)
        })
      )
    )

  forget(keyType: KeyType, key: string): void {
    this.known.delete(name(keyType, key))
  }

  private readonly find = Effect.fnUntraced(
    function*(this: Coordinators, keyType: KeyType, key: string) {
      const connection = yield* this.cluster.anyConnection
      const answer = yield* connection.request(FindCoordinator, {
        key,
        keyType: KEY_TYPES[keyType],
        coordinatorKeys: [key]
      })
      // Since version 4 many keys are asked for at once.
      const [first = answer] = answer.coordinators
      if (first.errorCode !== ErrorCode.NONE) {
        return yield* ClientError.refused("FindCoordinator", first.errorCode, first.errorMessage)
      }
      this.known.set(name(keyType, key), first.nodeId)
      // A broker that is not known yet is told of by the next answer to Metadata.
      if (!this.cluster.view().brokers.has(first.nodeId)) yield* this.cluster.refresh
      return first.nodeId
    }
  )
}
