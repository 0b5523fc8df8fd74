// DescribeCluster: the cluster's id, controller and brokers, for admin tools (KIP-700).
// Versions: v1 brokers or controllers, by the endpoint asked for.
import * as Api from "../wire/Api.ts"
import * as Wire from "../wire/Wire.ts"

export const DescribeCluster = Api.make("DescribeCluster", {
  key: 60,
  versions: "0-1",
  flexible: "0+",
  request: {
    includeClusterAuthorizedOperations: Wire.Boolean,
    endpointType: Wire.Int8.annotate({ description: "1 brokers, 2 controllers." }).pipe(
      Wire.since(1, 1)
    )
  },
  response: {
    throttleTimeMs: Wire.Int32,
    errorCode: Wire.ErrorCode,
    errorMessage: Wire.NullableString,
    endpointType: Wire.Int8.annotate({ description: "1 brokers, 2 controllers." }).pipe(
      Wire.since(1, 1)
    ),
    clusterId: Wire.String,
    controllerId: Wire.Int32,
    brokers: Wire.ArrayOf(Wire.Struct({
      brokerId: Wire.Int32,
      host: Wire.String,
      port: Wire.Int32,
      rack: Wire.NullableString
    })),
    clusterAuthorizedOperations: Wire.Int32.annotate({
      description: "A bit for each ACL operation; -2147483648 when nobody asked."
    })
  }
})
