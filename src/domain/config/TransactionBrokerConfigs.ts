// Settings of the broker for producers' identities and for transactions. Transactions are not served yet:
// tools ask for these, and each becomes effective with the part that obeys it.
import { type ConfigDefinition, define } from "./ConfigDefinition.ts"

const IGNORED = { isEffective: false }
const AT_LEAST_1 = { min: 1, ...IGNORED }

export const definitions: ReadonlyArray<ConfigDefinition> = [
  define(
    "INT",
    "producer.id.expiration.ms",
    "86400000",
    "A producer that has not written for so long is forgotten.",
    { min: 1 }
  ),
  define(
    "INT",
    "transaction.max.timeout.ms",
    "900000",
    "The longest transaction timeout that a client may ask for.",
    AT_LEAST_1
  ),
  define(
    "INT",
    "transactional.id.expiration.ms",
    "604800000",
    "A transactional id that has not been used for so long is forgotten.",
    AT_LEAST_1
  ),
  define(
    "INT",
    "transaction.abort.timed.out.transaction.cleanup.interval.ms",
    "10000",
    "Time between looks for transactions that took too long, which are aborted.",
    AT_LEAST_1
  ),
  define(
    "INT",
    "transaction.remove.expired.transaction.cleanup.interval.ms",
    "3600000",
    "Time between looks for transactional ids that are to be forgotten.",
    AT_LEAST_1
  ),
  define(
    "BOOLEAN",
    "transaction.partition.verification.enable",
    "true",
    "Whether a transactional append is checked to belong to an open transaction.",
    IGNORED
  ),
  define(
    "BOOLEAN",
    "transaction.two.phase.commit.enable",
    "false",
    "Whether clients may keep prepared transactions open without a timeout.",
    IGNORED
  ),
  define(
    "INT",
    "transaction.state.log.num.partitions",
    "50",
    "Partitions of __transaction_state, fixed when it is made.",
    AT_LEAST_1
  ),
  define(
    "SHORT",
    "transaction.state.log.replication.factor",
    "1",
    "Replicas of __transaction_state; there is one.",
    AT_LEAST_1
  ),
  define(
    "INT",
    "transaction.state.log.min.isr",
    "1",
    "min.insync.replicas of __transaction_state; there is one replica.",
    AT_LEAST_1
  ),
  define(
    "INT",
    "transaction.state.log.segment.bytes",
    "104857600",
    "segment.bytes of __transaction_state.",
    AT_LEAST_1
  ),
  define(
    "INT",
    "transaction.state.log.load.buffer.size",
    "5242880",
    "Bytes read at a time when the state of transactions is loaded.",
    AT_LEAST_1
  )
]
