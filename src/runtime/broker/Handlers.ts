// Every API this broker serves, in key order. ApiVersions and PROTOCOL.md are read from this list.
import { alterConfigs } from "./handlers/AlterConfigs.ts"
import { apiVersions } from "./handlers/ApiVersions.ts"
import { consumerGroupDescribe } from "./handlers/ConsumerGroupDescribe.ts"
import { consumerGroupHeartbeat } from "./handlers/ConsumerGroupHeartbeat.ts"
import { createPartitions } from "./handlers/CreatePartitions.ts"
import { createTopics } from "./handlers/CreateTopics.ts"
import { deleteGroups } from "./handlers/DeleteGroups.ts"
import { deleteRecords } from "./handlers/DeleteRecords.ts"
import { deleteTopics } from "./handlers/DeleteTopics.ts"
import { describeCluster } from "./handlers/DescribeCluster.ts"
import { describeConfigs } from "./handlers/DescribeConfigs.ts"
import { describeGroups } from "./handlers/DescribeGroups.ts"
import { describeLogDirs } from "./handlers/DescribeLogDirs.ts"
import { describeTopicPartitions } from "./handlers/DescribeTopicPartitions.ts"
import { fetch } from "./handlers/Fetch.ts"
import { findCoordinator } from "./handlers/FindCoordinator.ts"
import { heartbeat } from "./handlers/Heartbeat.ts"
import { incrementalAlterConfigs } from "./handlers/IncrementalAlterConfigs.ts"
import { initProducerId } from "./handlers/InitProducerId.ts"
import { joinGroup } from "./handlers/JoinGroup.ts"
import { leaveGroup } from "./handlers/LeaveGroup.ts"
import { listGroups } from "./handlers/ListGroups.ts"
import { listOffsets } from "./handlers/ListOffsets.ts"
import { listPartitionReassignments } from "./handlers/ListPartitionReassignments.ts"
import { metadata } from "./handlers/Metadata.ts"
import { offsetCommit } from "./handlers/OffsetCommit.ts"
import { offsetDelete } from "./handlers/OffsetDelete.ts"
import { offsetFetch } from "./handlers/OffsetFetch.ts"
import { offsetForLeaderEpoch } from "./handlers/OffsetForLeaderEpoch.ts"
import { produce } from "./handlers/Produce.ts"
import { syncGroup } from "./handlers/SyncGroup.ts"

export const handlers = [
  produce, // 0
  fetch, // 1
  listOffsets, // 2
  metadata, // 3
  offsetCommit, // 8
  offsetFetch, // 9
  findCoordinator, // 10
  joinGroup, // 11
  heartbeat, // 12
  leaveGroup, // 13
  syncGroup, // 14
  describeGroups, // 15
  listGroups, // 16
  apiVersions, // 18
  createTopics, // 19
  deleteTopics, // 20
  deleteRecords, // 21
  initProducerId, // 22
  offsetForLeaderEpoch, // 23
  describeConfigs, // 32
  alterConfigs, // 33
  describeLogDirs, // 35
  createPartitions, // 37
  deleteGroups, // 42
  incrementalAlterConfigs, // 44
  listPartitionReassignments, // 46
  offsetDelete, // 47
  describeCluster, // 60
  consumerGroupHeartbeat, // 68
  consumerGroupDescribe, // 69
  describeTopicPartitions // 75
] as const
