// DescribeCluster: the same broker that Metadata tells of.
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../../src/domain/ErrorCode.ts"
import { DescribeCluster } from "../../../../src/domain/protocol/DescribeCluster.ts"
import { Metadata } from "../../../../src/domain/protocol/Metadata.ts"
import * as BrokerWorld from "../../../world/BrokerWorld.ts"
import * as Requests from "../../../world/Requests.ts"

const BROKERS = 1

layer(BrokerWorld.layer())("DescribeCluster", (it) => {
  const ask = Effect.fnUntraced(function*(version: number, endpointType = BROKERS) {
    const client = yield* BrokerWorld.connect
    return yield* client.ask(DescribeCluster, version, {
      includeClusterAuthorizedOperations: false,
      endpointType
    })
  })

  it.effect("tells what Metadata tells, at every version", () =>
    Effect.gen(function*() {
      const client = yield* BrokerWorld.connect
      const metadata = yield* client.ask(Metadata, 12, Requests.metadata([]))
      const { host, nodeId, port } = metadata.brokers[0]!
      for (const version of [0, 1]) {
        assert.deepInclude<object>(yield* ask(version), {
          errorCode: ErrorCode.NONE,
          endpointType: BROKERS,
          clusterId: metadata.clusterId,
          controllerId: nodeId,
          brokers: [{ brokerId: nodeId, host, port, rack: null }],
          clusterAuthorizedOperations: -0x8000_0000
        })
      }
    }))

  it.effect("is no controller, and nothing else that could be asked for", () =>
    Effect.gen(function*() {
      const controllers = yield* ask(1, 2)
      assert.strictEqual(controllers.errorCode, ErrorCode.MISMATCHED_ENDPOINT_TYPE)
      assert.deepStrictEqual(controllers.brokers, [])
      assert.strictEqual((yield* ask(1, 3)).errorCode, ErrorCode.UNSUPPORTED_ENDPOINT_TYPE)
    }))
})
