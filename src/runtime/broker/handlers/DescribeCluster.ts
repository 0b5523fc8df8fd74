// DescribeCluster: the cluster's id and its one broker (KIP-700).
// Behaviour: the address is what the listener advertises, else what was dialled, as in Metadata. There are
// no controllers to dial apart from the broker.
// Versions: v1 brokers or controllers
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import { DescribeCluster } from "../../../domain/protocol/DescribeCluster.ts"
import { ClusterMetadata } from "../../../layers/storage/ClusterMetadata.ts"
import * as AuthorizedOperations from "../AuthorizedOperations.ts"
import * as Handler from "../Handler.ts"

const BROKERS = 1
const CONTROLLERS = 2

export const describeCluster = Handler.make(DescribeCluster, {
  versions: "0-1",
  handle: Effect.fnUntraced(function*(request, context) {
    const cluster = yield* ClusterMetadata
    const { endpointType, includeClusterAuthorizedOperations } = request
    const { host, port } = context.listener.advertised ?? context.connection.local
    const { errorCode, errorMessage } = refusal(endpointType)
    const isDescribed = errorCode === ErrorCode.NONE
    return {
      throttleTimeMs: 0,
      errorCode,
      errorMessage,
      endpointType: isDescribed ? endpointType : BROKERS,
      clusterId: isDescribed ? cluster.clusterId : "",
      controllerId: isDescribed ? cluster.nodeId : -1,
      brokers: isDescribed ? [{ brokerId: cluster.nodeId, host, port, rack: null }] : [],
      clusterAuthorizedOperations: isDescribed && includeClusterAuthorizedOperations
        ? AuthorizedOperations.CLUSTER
        : AuthorizedOperations.NOT_ASKED
    }
  })
})

const refusal = (endpointType: number) => {
  switch (endpointType) {
    case BROKERS:
      return { errorCode: ErrorCode.NONE, errorMessage: null }
    case CONTROLLERS:
      return {
        errorCode: ErrorCode.MISMATCHED_ENDPOINT_TYPE,
        errorMessage: "This is a broker: ask it for brokers."
      }
    default:
      return {
        errorCode: ErrorCode.UNSUPPORTED_ENDPOINT_TYPE,
        errorMessage: `There are no endpoints of type ${endpointType}.`
      }
  }
}
