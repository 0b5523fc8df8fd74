// Frames of the Kafka protocol as a load generator sends them: made once, sent many times.
import { Fetch } from "../../src/domain/protocol/Fetch.ts"
import { Metadata } from "../../src/domain/protocol/Metadata.ts"
import { Produce } from "../../src/domain/protocol/Produce.ts"
import { RequestHeader } from "../../src/domain/protocol/RequestHeader.ts"
import * as Api from "../../src/domain/wire/Api.ts"
import * as Codec from "../../src/domain/wire/Codec.ts"
import { Writer } from "../../src/domain/wire/Writer.ts"

/** A whole frame, with its size, of a request at a version. */
export const request = <A extends Api.Api>(
  api: A,
  version: number,
  body: Api.Request<A>
): Buffer => {
  const writer = new Writer()
  const headerVersion = Api.requestHeaderVersion(api, version)
  writer.beginFrame()
  Codec.of(RequestHeader, headerVersion, headerVersion === 2).encode(writer, {
    requestApiKey: api.key,
    requestApiVersion: version,
    correlationId: 1,
    clientId: "bench"
  })
  Api.requestCodec(api, version).encode(writer, body)
  return Buffer.concat(writer.endFrame())
}

export const produce = (
  topic: string,
  partition: number,
  records: Uint8Array,
  acks: number
): Buffer =>
  request(Produce, 9, {
    transactionalId: null,
    acks,
    timeoutMs: 30_000,
    topicData: [{ name: topic, partitionData: [{ index: partition, records }] }]
  })

export const fetch = (
  topic: string,
  partition: number,
  fetchOffset: number,
  bytesMax: number
): Buffer =>
  request(Fetch, 12, {
    clusterId: null,
    replicaId: -1,
    replicaState: { replicaId: -1, replicaEpoch: -1 },
    maxWaitMs: 500,
    minBytes: 1,
    maxBytes: bytesMax,
    isolationLevel: 0,
    sessionId: 0,
    sessionEpoch: -1,
    topics: [{
      topic,
      topicId: "00000000-0000-0000-0000-000000000000",
      partitions: [{
        partition,
        currentLeaderEpoch: -1,
        fetchOffset,
        lastFetchedEpoch: -1,
        logStartOffset: -1,
        partitionMaxBytes: bytesMax,
        replicaDirectoryId: "00000000-0000-0000-0000-000000000000"
      }]
    }],
    forgottenTopicsData: [],
    rackId: ""
  })

/** Asks for a topic, and with that makes it where the broker creates topics on demand. */
export const metadata = (topic: string): Buffer =>
  request(Metadata, 9, {
    topics: [{ topicId: "00000000-0000-0000-0000-000000000000", name: topic }],
    allowAutoTopicCreation: true,
    includeClusterAuthorizedOperations: false,
    includeTopicAuthorizedOperations: false
  })
