// Whose settings a request is about: a topic's, this broker's, or (the empty name) those that all
// brokers were given by request.
import { ErrorCode } from "../../domain/ErrorCode.ts"
import * as Failure from "../../domain/Failure.ts"
import * as TopicName from "../../domain/Topic.ts"
import type { ClusterMetadata, Topic } from "../../layers/storage/ClusterMetadata.ts"

/** Kafka's numbers (ConfigResource.Type). */
const TOPIC = 2
const BROKER = 4

export interface AskedResource {
  readonly resourceType: number
  readonly resourceName: string
}

export type ConfigResource =
  | { readonly _tag: "Topic"; readonly topic: Topic }
  | { readonly _tag: "Broker" }
  | { readonly _tag: "AllBrokers" }

export const find = (
  { resourceName, resourceType }: AskedResource,
  cluster: ClusterMetadata["Service"]
): ConfigResource | Failure.Failure => {
  if (resourceType === TOPIC) {
    const topic = cluster.topic(resourceName)
    if (topic !== undefined) return { _tag: "Topic", topic }
    const wrong = TopicName.invalidName(resourceName)
    return wrong === undefined
      ? Failure.make(
        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
        `Topic '${resourceName}' does not exist.`
      )
      : Failure.make(ErrorCode.INVALID_TOPIC_EXCEPTION, wrong)
  }
  if (resourceType === BROKER) {
    if (resourceName === "") return { _tag: "AllBrokers" }
    return resourceName === String(cluster.nodeId) ? { _tag: "Broker" } : Failure.make(
      ErrorCode.INVALID_REQUEST,
      `This is broker ${cluster.nodeId}; settings of broker ${resourceName} are not known here.`
    )
  }
  return Failure.make(
    ErrorCode.INVALID_REQUEST,
    `Resources of type ${resourceType} have no settings here: topics (2) and brokers (4) have.`
  )
}
