// Every API that MYMQ can speak, in key order. A line here makes an API known to the codecs' tests,
// to PROTOCOL.md and to the broker's router.
import type { Api } from "../wire/Api.ts"
import { AlterConfigs } from "./AlterConfigs.ts"
import { ApiVersions } from "./ApiVersions.ts"
import { CreateTopics } from "./CreateTopics.ts"
import { DeleteTopics } from "./DeleteTopics.ts"
import { DescribeConfigs } from "./DescribeConfigs.ts"
import { Fetch } from "./Fetch.ts"
import { Heartbeat } from "./Heartbeat.ts"
import { IncrementalAlterConfigs } from "./IncrementalAlterConfigs.ts"
import { InitProducerId } from "./InitProducerId.ts"
import { ListOffsets } from "./ListOffsets.ts"
import { Metadata } from "./Metadata.ts"
import { Produce } from "./Produce.ts"

export const apis: ReadonlyArray<Api> = [
  Produce,
  Fetch,
  ListOffsets,
  Metadata,
  Heartbeat,
  ApiVersions,
  CreateTopics,
  DeleteTopics,
  InitProducerId,
  DescribeConfigs,
  AlterConfigs,
  IncrementalAlterConfigs
]

const byKey: ReadonlyMap<number, Api> = new Map(apis.map((api) => [api.key, api]))

/** The API of that key, or undefined for one that MYMQ does not know. */
export const find = (key: number): Api | undefined => byKey.get(key)
