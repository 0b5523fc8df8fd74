// Every API that MYMQ can speak, in key order. A line here makes an API known to the codecs' tests,
// to PROTOCOL.md and to the broker's router.
import type { Api } from "../wire/Api.ts"
import { AddOffsetsToTxn } from "./AddOffsetsToTxn.ts"
import { AddPartitionsToTxn } from "./AddPartitionsToTxn.ts"
import { AlterConfigs } from "./AlterConfigs.ts"
import { ApiVersions } from "./ApiVersions.ts"
import { ConsumerGroupDescribe } from "./ConsumerGroupDescribe.ts"
import { ConsumerGroupHeartbeat } from "./ConsumerGroupHeartbeat.ts"
import { CreatePartitions } from "./CreatePartitions.ts"
import { CreateTopics } from "./CreateTopics.ts"
import { DeleteGroups } from "./DeleteGroups.ts"
import { DeleteRecords } from "./DeleteRecords.ts"
import { DeleteTopics } from "./DeleteTopics.ts"
import { DescribeCluster } from "./DescribeCluster.ts"
import { DescribeConfigs } from "./DescribeConfigs.ts"
import { DescribeGroups } from "./DescribeGroups.ts"
import { DescribeLogDirs } from "./DescribeLogDirs.ts"
import { DescribeTopicPartitions } from "./DescribeTopicPartitions.ts"
import { EndTxn } from "./EndTxn.ts"
import { Fetch } from "./Fetch.ts"
import { FindCoordinator } from "./FindCoordinator.ts"
import { Heartbeat } from "./Heartbeat.ts"
import { IncrementalAlterConfigs } from "./IncrementalAlterConfigs.ts"
import { InitProducerId } from "./InitProducerId.ts"
import { JoinGroup } from "./JoinGroup.ts"
import { LeaveGroup } from "./LeaveGroup.ts"
import { ListGroups } from "./ListGroups.ts"
import { ListOffsets } from "./ListOffsets.ts"
import { ListPartitionReassignments } from "./ListPartitionReassignments.ts"
import { Metadata } from "./Metadata.ts"
import { OffsetCommit } from "./OffsetCommit.ts"
import { OffsetDelete } from "./OffsetDelete.ts"
import { OffsetFetch } from "./OffsetFetch.ts"
import { OffsetForLeaderEpoch } from "./OffsetForLeaderEpoch.ts"
import { Produce } from "./Produce.ts"
import { SaslAuthenticate } from "./SaslAuthenticate.ts"
import { SaslHandshake } from "./SaslHandshake.ts"
import { SyncGroup } from "./SyncGroup.ts"
import { TxnOffsetCommit } from "./TxnOffsetCommit.ts"

export const apis: ReadonlyArray<Api> = [
  Produce,
  Fetch,
  ListOffsets,
  Metadata,
  OffsetCommit,
  OffsetFetch,
  FindCoordinator,
  JoinGroup,
  Heartbeat,
  LeaveGroup,
  SyncGroup,
  DescribeGroups,
  ListGroups,
  SaslHandshake,
  ApiVersions,
  CreateTopics,
  DeleteTopics,
  DeleteRecords,
  InitProducerId,
  OffsetForLeaderEpoch,
  AddPartitionsToTxn,
  AddOffsetsToTxn,
  EndTxn,
  TxnOffsetCommit,
  DescribeConfigs,
  AlterConfigs,
  DescribeLogDirs,
  SaslAuthenticate,
  CreatePartitions,
  DeleteGroups,
  IncrementalAlterConfigs,
  ListPartitionReassignments,
  OffsetDelete,
  DescribeCluster,
  ConsumerGroupHeartbeat,
  ConsumerGroupDescribe,
  DescribeTopicPartitions
]

const byKey: ReadonlyMap<number, Api> = new Map(apis.map((api) => [api.key, api]))

/** The API of that key, or undefined for one that MYMQ does not know. */
export const find = (key: number): Api | undefined => byKey.get(key)
