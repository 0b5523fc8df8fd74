// How one member speaks with the coordinator of its group. Requests that wait at the broker
// (JoinGroup, SyncGroup) go through a lane of the member's own, everything else through the main
// one, because a broker answers each connection in order: heartbeats must not wait behind a join,
// nor one member behind another.
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Api from "../../../domain/wire/Api.ts"
import * as ClientError from "../ClientError.ts"
import type { BrokerConnection, RequestOptions } from "../cluster/BrokerConnection.ts"
import { type Cluster, MAIN_LANE } from "../cluster/Cluster.ts"
import { Coordinators } from "../cluster/Coordinators.ts"
import * as LaneNames from "../cluster/LaneNames.ts"

type Request<R> = Effect.Effect<R, ClientError.ClientError>

export class GroupConnection {
  private readonly coordinators: Coordinators
  private readonly groupId: string
  private readonly lane: string
  /** The last connection of the lane. */
  private waiting: BrokerConnection | undefined

  private constructor(cluster: Cluster["Service"], groupId: string, lane: string) {
    this.coordinators = new Coordinators(cluster)
    this.groupId = groupId
    this.lane = lane
  }

  /** The lane and its connection end with the scope. */
  static make(
    cluster: Cluster["Service"],
    groupId: string
  ): Effect.Effect<GroupConnection, never, Scope.Scope> {
    return Effect.gen(function*() {
      const lane = yield* LaneNames.take(cluster, `group-${groupId}`)
      const self = new GroupConnection(cluster, groupId, lane)
      yield* Effect.addFinalizer(() =>
        Effect.sync(() => {
          self.waiting?.end(ClientError.closed("the member has left its group"))
        })
      )
      return self
    })
  }

  /** To the coordinator, to see what it serves. */
  readonly coordinator: Request<BrokerConnection> = Effect.suspend(() =>
    this.coordinators.connection("group", this.groupId, MAIN_LANE)
  )

  ask<A extends Api.Api>(api: A, body: Api.Request<A>): Request<Api.Response<A>> {
    return this.coordinators.request("group", this.groupId, MAIN_LANE, api, body)
  }

  /** For requests that are answered when others have come. */
  wait<A extends Api.Api>(
    api: A,
    body: Api.Request<A>,
    options: RequestOptions
  ): Request<Api.Response<A>> {
    return this.coordinators.connection("group", this.groupId, this.lane).pipe(
      Effect.flatMap((connection) => {
        this.waiting = connection
        return connection.request(api, body, options)
      }),
      Effect.tapError((error) => Effect.sync(() => error.isRetriable && this.forget()))
    )
  }

  /** Another broker may be the coordinator. */
  forget(): void {
    this.coordinators.forget("group", this.groupId)
  }
}
