// Kafka's error codes: what a broker answers instead of failing. Name, number, whether the same
// request may succeed later, and a sentence for logs and for people. Numbers, names and what is
// retriable are Kafka's (its Errors class and RetriableException, 4.4); the sentences are ours.

interface Entry<Code extends number> {
  readonly code: Code
  readonly isRetriable: boolean
  readonly message: string
}

const final = <Code extends number>(code: Code, message: string): Entry<Code> => ({
  code,
  isRetriable: false,
  message
})
const retriable = <Code extends number>(code: Code, message: string): Entry<Code> => ({
  code,
  isRetriable: true,
  message
})

const table = {
  UNKNOWN_SERVER_ERROR: final(-1, "The broker failed in a way that has no code of its own."),
  NONE: final(0, "All went well."),
  OFFSET_OUT_OF_RANGE: final(1, "The log does not hold that offset."),
  CORRUPT_MESSAGE: retriable(2, "A record batch is damaged: checksum, length or format is wrong."),
  UNKNOWN_TOPIC_OR_PARTITION: retriable(3, "This broker has no such topic or partition."),
  INVALID_FETCH_SIZE: final(4, "The number of bytes asked for makes no sense."),
  LEADER_NOT_AVAILABLE: retriable(5, "Nobody leads the partition at the moment."),
  NOT_LEADER_OR_FOLLOWER: retriable(6, "Another broker has the partition: refresh the metadata."),
  REQUEST_TIMED_OUT: retriable(7, "The time given was over before the work was done."),
  BROKER_NOT_AVAILABLE: final(8, "The broker cannot be reached."),
  REPLICA_NOT_AVAILABLE: retriable(9, "The replica is not there at the moment."),
  MESSAGE_TOO_LARGE: final(10, "A batch is larger than max.message.bytes."),
  STALE_CONTROLLER_EPOCH: final(11, "The controller has changed meanwhile."),
  OFFSET_METADATA_TOO_LARGE: final(12, "The text committed with an offset is too long."),
  NETWORK_EXCEPTION: retriable(13, "The connection broke before the answer came."),
  COORDINATOR_LOAD_IN_PROGRESS: retriable(14, "The coordinator is still reading its state."),
  COORDINATOR_NOT_AVAILABLE: retriable(15, "There is no coordinator yet."),
  NOT_COORDINATOR: retriable(16, "Another broker coordinates this group or transaction."),
  INVALID_TOPIC_EXCEPTION: final(17, "The topic's name is not allowed here."),
  RECORD_LIST_TOO_LARGE: final(18, "A batch is larger than a segment."),
  NOT_ENOUGH_REPLICAS: retriable(19, "Too few replicas are in sync; nothing was written."),
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: retriable(20, "Written, but to too few replicas."),
  INVALID_REQUIRED_ACKS: final(21, "acks must be 0, 1 or -1."),
  ILLEGAL_GENERATION: final(22, "The group has moved on to another generation."),
  INCONSISTENT_GROUP_PROTOCOL: final(23, "The member shares no protocol with the group."),
  INVALID_GROUP_ID: final(24, "The group's id is not allowed here."),
  UNKNOWN_MEMBER_ID: final(25, "The group has no such member: join again."),
  INVALID_SESSION_TIMEOUT: final(26, "The session timeout is outside of the broker's bounds."),
  REBALANCE_IN_PROGRESS: final(27, "The group is rebalancing: join again."),
  INVALID_COMMIT_OFFSET_SIZE: final(28, "The commit is too large to store."),
  TOPIC_AUTHORIZATION_FAILED: final(29, "This user may not do that with the topic."),
  GROUP_AUTHORIZATION_FAILED: final(30, "This user may not do that with the group."),
  CLUSTER_AUTHORIZATION_FAILED: final(31, "This user may not do that with the cluster."),
  INVALID_TIMESTAMP: final(32, "A record's timestamp is too far from the broker's clock."),
  UNSUPPORTED_SASL_MECHANISM: final(33, "That SASL mechanism is not enabled."),
  ILLEGAL_SASL_STATE: final(34, "The request does not fit this step of authentication."),
  UNSUPPORTED_VERSION: final(35, "The broker does not serve that version of the API."),
  TOPIC_ALREADY_EXISTS: final(36, "There is a topic of that name already."),
  INVALID_PARTITIONS: final(37, "The number of partitions is not possible."),
  INVALID_REPLICATION_FACTOR: final(38, "The replication factor is not possible."),
  INVALID_REPLICA_ASSIGNMENT: final(39, "The replicas cannot be placed like that."),
  INVALID_CONFIG: final(40, "A config has an unknown name or a bad value."),
  NOT_CONTROLLER: retriable(41, "Another broker is the controller."),
  INVALID_REQUEST: final(42, "The request contradicts itself or the protocol."),
  UNSUPPORTED_FOR_MESSAGE_FORMAT: final(43, "The batch's format cannot do that."),
  POLICY_VIOLATION: final(44, "A policy of this cluster forbids it."),
  OUT_OF_ORDER_SEQUENCE_NUMBER: final(45, "A batch of this producer is missing before this one."),
  DUPLICATE_SEQUENCE_NUMBER: final(46, "The batch was written long ago."),
  INVALID_PRODUCER_EPOCH: final(47, "A newer epoch of this producer has written."),
  INVALID_TXN_STATE: final(48, "The transaction is not in a state for that."),
  INVALID_PRODUCER_ID_MAPPING: final(49, "The producer id is not this transactional id's."),
  INVALID_TRANSACTION_TIMEOUT: final(50, "The timeout exceeds transaction.max.timeout.ms."),
  CONCURRENT_TRANSACTIONS: retriable(51, "The last transaction is still being completed."),
  TRANSACTION_COORDINATOR_FENCED: final(52, "A newer coordinator has taken over."),
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: final(53, "This user may not use the id."),
  SECURITY_DISABLED: final(54, "There is no authorizer on this cluster."),
  OPERATION_NOT_ATTEMPTED: final(55, "Not tried, because another part of the request failed."),
  KAFKA_STORAGE_ERROR: retriable(56, "The partition's disk failed."),
  LOG_DIR_NOT_FOUND: final(57, "The broker has no such log directory."),
  SASL_AUTHENTICATION_FAILED: final(58, "The credentials were not accepted."),
  UNKNOWN_PRODUCER_ID: final(59, "The partition remembers nothing of this producer."),
  REASSIGNMENT_IN_PROGRESS: final(60, "The partition is being moved."),
  DELEGATION_TOKEN_AUTH_DISABLED: final(61, "Delegation tokens are not enabled."),
  DELEGATION_TOKEN_NOT_FOUND: final(62, "There is no such delegation token."),
  DELEGATION_TOKEN_OWNER_MISMATCH: final(63, "The token belongs to somebody else."),
  DELEGATION_TOKEN_REQUEST_NOT_ALLOWED: final(64, "Not over such a connection."),
  DELEGATION_TOKEN_AUTHORIZATION_FAILED: final(65, "This user may not use tokens."),
  DELEGATION_TOKEN_EXPIRED: final(66, "The delegation token is no longer valid."),
  INVALID_PRINCIPAL_TYPE: final(67, "Principals of that type do not exist."),
  NON_EMPTY_GROUP: final(68, "The group still has members."),
  GROUP_ID_NOT_FOUND: final(69, "There is no such group."),
  FETCH_SESSION_ID_NOT_FOUND: retriable(70, "The fetch session is gone: open another."),
  INVALID_FETCH_SESSION_EPOCH: retriable(
    71,
    "A request of the fetch session was lost or repeated."
  ),
  LISTENER_NOT_FOUND: retriable(72, "The leader has no listener of that name."),
  TOPIC_DELETION_DISABLED: final(73, "This cluster deletes no topics."),
  FENCED_LEADER_EPOCH: retriable(74, "The reader knows an older leader: refresh the metadata."),
  UNKNOWN_LEADER_EPOCH: retriable(75, "The reader knows a newer leader than this broker does."),
  UNSUPPORTED_COMPRESSION_TYPE: final(76, "The client's version cannot read that compression."),
  STALE_BROKER_EPOCH: final(77, "The broker has registered again meanwhile."),
  OFFSET_NOT_AVAILABLE: retriable(78, "The new leader does not yet know what is committed."),
  MEMBER_ID_REQUIRED: final(79, "Join again with the member id given in this answer."),
  PREFERRED_LEADER_NOT_AVAILABLE: retriable(80, "The preferred leader is not there."),
  GROUP_MAX_SIZE_REACHED: final(81, "The group is full."),
  FENCED_INSTANCE_ID: final(82, "Another member has taken over the static identity."),
  ELIGIBLE_LEADERS_NOT_AVAILABLE: retriable(83, "No replica that may lead is there."),
  ELECTION_NOT_NEEDED: retriable(84, "The right replica leads already."),
  NO_REASSIGNMENT_IN_PROGRESS: final(85, "The partition is not being moved."),
  GROUP_SUBSCRIBED_TO_TOPIC: final(86, "The group still reads the topic."),
  INVALID_RECORD: final(87, "A record breaks a rule of the topic."),
  UNSTABLE_OFFSET_COMMIT: retriable(88, "An open transaction may still change the offset."),
  THROTTLING_QUOTA_EXCEEDED: retriable(89, "Too many of such requests: wait and repeat."),
  PRODUCER_FENCED: final(90, "A newer producer has the same transactional id."),
  RESOURCE_NOT_FOUND: final(91, "The request names something that does not exist."),
  DUPLICATE_RESOURCE: final(92, "The request names the same thing twice."),
  UNACCEPTABLE_CREDENTIAL: final(93, "The credential is too weak or malformed."),
  INCONSISTENT_VOTER_SET: final(94, "One of the two is no voter of this quorum."),
  INVALID_UPDATE_VERSION: final(95, "The version to update to is not possible."),
  FEATURE_UPDATE_FAILED: final(96, "The features could not be changed."),
  PRINCIPAL_DESERIALIZATION_FAILURE: final(97, "The forwarded principal is unreadable."),
  SNAPSHOT_NOT_FOUND: final(98, "There is no such snapshot."),
  POSITION_OUT_OF_RANGE: final(99, "The snapshot has no such position."),
  UNKNOWN_TOPIC_ID: retriable(100, "This broker has no topic of that id."),
  DUPLICATE_BROKER_REGISTRATION: final(101, "Another broker has that id."),
  BROKER_ID_NOT_REGISTERED: final(102, "No broker of that id is registered."),
  INCONSISTENT_TOPIC_ID: retriable(103, "The partition's log belongs to another topic id."),
  INCONSISTENT_CLUSTER_ID: final(104, "The request is meant for another cluster."),
  TRANSACTIONAL_ID_NOT_FOUND: final(105, "There is no such transactional id."),
  FETCH_SESSION_TOPIC_ID_ERROR: retriable(
    106,
    "The fetch session mixes names and ids: open another."
  ),
  INELIGIBLE_REPLICA: final(107, "A replica may not be in sync as things are."),
  NEW_LEADER_ELECTED: final(108, "Done, and the partition has another leader now."),
  OFFSET_MOVED_TO_TIERED_STORAGE: final(109, "The offset is in tiered storage only."),
  FENCED_MEMBER_EPOCH: final(110, "Give up all partitions and join again."),
  UNRELEASED_INSTANCE_ID: final(111, "A member with that static identity is still there."),
  UNSUPPORTED_ASSIGNOR: final(112, "The group does not know that assignor."),
  STALE_MEMBER_EPOCH: final(113, "The group has moved on: heartbeat, then repeat."),
  MISMATCHED_ENDPOINT_TYPE: final(114, "Brokers and controllers listen apart: wrong one."),
  UNSUPPORTED_ENDPOINT_TYPE: final(115, "There are no endpoints of that type."),
  UNKNOWN_CONTROLLER_ID: final(116, "No controller of that id is known."),
  UNKNOWN_SUBSCRIPTION_ID: final(117, "The telemetry subscription is out of date."),
  TELEMETRY_TOO_LARGE: final(118, "The telemetry is larger than the broker takes."),
  INVALID_REGISTRATION: final(119, "The controller refused the broker's registration."),
  TRANSACTION_ABORTABLE: final(120, "The transaction must be aborted; the producer may go on."),
  INVALID_RECORD_STATE: final(121, "The record is not in a state for that acknowledgement."),
  SHARE_SESSION_NOT_FOUND: retriable(122, "The share session is gone: open another."),
  INVALID_SHARE_SESSION_EPOCH: retriable(123, "A request of the share session was lost."),
  FENCED_STATE_EPOCH: final(124, "The share group's state is newer."),
  INVALID_VOTER_KEY: final(125, "The key is not this voter's."),
  DUPLICATE_VOTER: final(126, "It is a voter already."),
  VOTER_NOT_FOUND: final(127, "It is no voter."),
  INVALID_REGULAR_EXPRESSION: final(128, "The regular expression cannot be read."),
  REBOOTSTRAP_REQUIRED: final(129, "Forget the brokers known and bootstrap again."),
  STREAMS_INVALID_TOPOLOGY: final(130, "The topology cannot be run."),
  STREAMS_INVALID_TOPOLOGY_EPOCH: final(131, "The topology's epoch is not possible."),
  STREAMS_TOPOLOGY_FENCED: final(132, "The group runs a newer topology."),
  SHARE_SESSION_LIMIT_REACHED: retriable(133, "The broker has no room for a share session."),
  GROUP_DELETION_FAILED: final(134, "The group could not be deleted."),
  STREAMS_TOPOLOGY_DESCRIPTION_UPDATE_FAILED: final(135, "The description was not stored."),
  CONTROLLER_ID_NOT_REGISTERED: final(136, "No controller of that id is registered.")
}

type Name = keyof typeof table

/** An int16 on the wire; 0 is success. A number that is in no table yet may arrive. */
export type ErrorCode = number

/** The numbers by name. */
export const ErrorCode = Object.fromEntries(
  Object.entries(table).map(([name, entry]) => [name, entry.code])
) as { readonly [N in Name]: (typeof table)[N]["code"] }

export interface Description {
  readonly name: Name
  readonly code: ErrorCode
  readonly isRetriable: boolean
  readonly message: string
}

const byCode: ReadonlyMap<number, Description> = new Map(
  Object.entries(table).map(([name, entry]) => [entry.code, { name: name as Name, ...entry }])
)

/** What an error says; a number from a newer peer counts as UNKNOWN_SERVER_ERROR, as in Kafka. */
export const describe = (code: ErrorCode): Description =>
  byCode.get(code) ?? {
    name: "UNKNOWN_SERVER_ERROR",
    code,
    isRetriable: false,
    message: `The broker answered error ${code}, which is not known here.`
  }
