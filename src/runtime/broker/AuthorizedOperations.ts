// Which operations a client may do, as bits by AclOperation number (KIP-430). Without an authorizer
// everybody may do everything.

/** The answer to a client that did not ask. */
export const NOT_ASKED = -0x8000_0000

const CREATE = 1 << 5
const ALTER = 1 << 7
const DESCRIBE = 1 << 8
const DESCRIBE_CONFIGS = 1 << 10
const ALTER_CONFIGS = 1 << 11

const EVERYWHERE = CREATE | ALTER | DESCRIBE | DESCRIBE_CONFIGS | ALTER_CONFIGS
const READ_WRITE_DELETE = (1 << 3) | (1 << 4) | (1 << 6)
const CLUSTER_ACTION_IDEMPOTENT_WRITE = (1 << 9) | (1 << 12)

/** READ, DELETE, DESCRIBE, DESCRIBE_CONFIGS, ALTER_CONFIGS. */
export const GROUP = (1 << 3) | (1 << 6) | DESCRIBE | DESCRIBE_CONFIGS | ALTER_CONFIGS
export const TOPIC = EVERYWHERE | READ_WRITE_DELETE
export const CLUSTER = EVERYWHERE | CLUSTER_ACTION_IDEMPOTENT_WRITE
