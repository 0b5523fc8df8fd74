// A coordinator for one member, over brokers that answer what the test says: it joins, syncs and
// heartbeats as it should, unless the test has put an error in the way.
import { ErrorCode } from "../../src/domain/ErrorCode.ts"
import { FindCoordinator } from "../../src/domain/protocol/FindCoordinator.ts"
import { Heartbeat } from "../../src/domain/protocol/Heartbeat.ts"
import { JoinGroup } from "../../src/domain/protocol/JoinGroup.ts"
import { LeaveGroup } from "../../src/domain/protocol/LeaveGroup.ts"
import { SyncGroup } from "../../src/domain/protocol/SyncGroup.ts"
import type * as Api from "../../src/domain/wire/Api.ts"
import type { ScriptedBroker } from "./ScriptedBroker.ts"

const { NONE } = ErrorCode

export class ScriptedGroup {
  /** Who coordinates, as FindCoordinator says. */
  coordinator = 1
  generationId = 0
  private readonly broker: ScriptedBroker["Service"]
  private readonly errors = new Map<number, Array<ErrorCode>>()

  constructor(broker: ScriptedBroker["Service"]) {
    this.broker = broker
    broker.on(FindCoordinator, ({ request }) => this.found(request.coordinatorKeys[0]!))
    broker.on(JoinGroup, ({ request }) => this.joined(request))
    broker.on(SyncGroup, ({ request }) => ({
      throttleTimeMs: 0,
      errorCode: this.next(SyncGroup),
      protocolType: "consumer",
      protocolName: request.protocolName,
      assignment: request.assignments[0]?.assignment ?? Buffer.alloc(0)
    }))
    broker.on(Heartbeat, () => ({ throttleTimeMs: 0, errorCode: this.next(Heartbeat) }))
    broker.on(LeaveGroup, () => ({ throttleTimeMs: 0, errorCode: NONE, members: [] }))
  }

  /** What the next requests of the API are answered with; those behind them go well. */
  refuse(api: Api.Api, ...errors: ReadonlyArray<ErrorCode>): void {
    this.errors.set(api.key, [...errors])
  }

  get joins(): ReadonlyArray<Api.Request<typeof JoinGroup>> {
    return this.broker.asked(JoinGroup).map(({ request }) => request)
  }

  /** Brokers that were asked, one for each request. */
  nodesOf(api: Api.Api): ReadonlyArray<number> {
    return this.broker.asked(api).map(({ nodeId }) => nodeId)
  }

  next(api: Api.Api): ErrorCode {
    return this.errors.get(api.key)?.shift() ?? NONE
  }

  private found(key: string): Api.Response<typeof FindCoordinator> {
    const nodeId = this.coordinator
    const errorCode = this.next(FindCoordinator)
    const place = { nodeId, host: "127.0.0.1", port: this.broker.ports[nodeId - 1]! }
    const coordinators = [{ key, ...place, errorCode, errorMessage: null }]
    return { throttleTimeMs: 0, errorCode, errorMessage: null, ...place, coordinators }
  }

  private joined(request: Api.Request<typeof JoinGroup>): Api.Response<typeof JoinGroup> {
    const errorCode = this.next(JoinGroup)
    const memberId = request.memberId === "" ? "given" : request.memberId
    const [protocol] = request.protocols
    const isGood = errorCode === NONE
    return {
      throttleTimeMs: 0,
      errorCode,
      generationId: isGood ? ++this.generationId : -1,
      protocolType: "consumer",
      protocolName: isGood ? protocol!.name : null,
      leader: isGood ? memberId : "",
      skipAssignment: false,
      memberId,
      members: isGood
        ? [{ memberId, groupInstanceId: request.groupInstanceId, metadata: protocol!.metadata }]
        : []
    }
  }
}
