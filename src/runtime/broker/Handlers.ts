// Every API this broker serves, in key order. ApiVersions and PROTOCOL.md are read from this list.
import { alterConfigs } from "./handlers/AlterConfigs.ts"
import { apiVersions } from "./handlers/ApiVersions.ts"
import { createPartitions } from "./handlers/CreatePartitions.ts"
import { createTopics } from "./handlers/CreateTopics.ts"
import { deleteRecords } from "./handlers/DeleteRecords.ts"
import { deleteTopics } from "./handlers/DeleteTopics.ts"
import { describeConfigs } from "./handlers/DescribeConfigs.ts"
import { fetch } from "./handlers/Fetch.ts"
import { incrementalAlterConfigs } from "./handlers/IncrementalAlterConfigs.ts"
import { initProducerId } from "./handlers/InitProducerId.ts"
import { listOffsets } from "./handlers/ListOffsets.ts"
import { metadata } from "./handlers/Metadata.ts"
import { produce } from "./handlers/Produce.ts"

export const handlers = [
  produce, // 0
  fetch, // 1
  listOffsets, // 2
  metadata, // 3
  apiVersions, // 18
  createTopics, // 19
  deleteTopics, // 20
  deleteRecords, // 21
  initProducerId, // 22
  describeConfigs, // 32
  alterConfigs, // 33
  createPartitions, // 37
  incrementalAlterConfigs // 44
] as const
