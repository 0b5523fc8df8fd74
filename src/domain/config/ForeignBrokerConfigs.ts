// What Kafka can be told and this broker cannot. Settings about what is not here, or about how Kafka is built,
// are known, so that a file written for Kafka starts this broker, and tools find what they look for; they
// change nothing. Those that would be dangerous to ignore, because they promise security or a limit,
// are refused with a reason.
import { type ConfigDefinition, define, type TypeName } from "./ConfigDefinition.ts"

/** A row is a type, a name and a default; "" is an empty default, and none is null. */
const rows = (documentation: string, text: string): ReadonlyArray<ConfigDefinition> =>
  text.trim().split("\n").map((row) => {
    const [type, name, value] = row.trim().split(" ")
    const defaultValue = value === undefined ? null : value === `""` ? "" : value
    return define(type as TypeName, name!, defaultValue, documentation, { isEffective: false })
  })

export const definitions: ReadonlyArray<ConfigDefinition> = [
  define(
    "BOOLEAN",
    "remote.log.storage.system.enable",
    "false",
    "Whether segments may go to tiered storage, which is not here.",
    { oneOf: ["false"], advice: "there is no tiered storage here", isEffective: false }
  ),
  ...rows(
    "Concerns controllers and their metadata log; this broker keeps its own catalog.",
    `
    INT broker.heartbeat.interval.ms 2000
    INT broker.session.timeout.ms 9000
    INT controller.quorum.append.linger.ms 25
    BOOLEAN controller.quorum.auto.join.enable false
    LIST controller.quorum.bootstrap.servers ""
    INT controller.quorum.election.backoff.max.ms 1000
    INT controller.quorum.election.timeout.ms 1000
    INT controller.quorum.fetch.max.bytes 1048576
    INT controller.quorum.fetch.snapshot.max.bytes 1048576
    INT controller.quorum.fetch.timeout.ms 2000
    INT controller.quorum.request.timeout.ms 2000
    INT controller.quorum.retry.backoff.ms 20
    LIST controller.quorum.voters ""
    INT controller.socket.timeout.ms 30000
    LIST early.start.listeners
    INT initial.broker.registration.timeout.ms 60000
    STRING metadata.log.dir
    LONG metadata.log.max.record.bytes.between.snapshots 20971520
    LONG metadata.log.max.snapshot.interval.ms 3600000
    INT metadata.log.segment.bytes 1073741824
    LONG metadata.log.segment.ms 604800000
    INT metadata.max.idle.interval.ms 500
    LONG metadata.max.retention.bytes 104857600
    LONG metadata.max.retention.ms 604800000
    LIST process.roles
    `
  ),
  ...rows(
    "Concerns other brokers; this one has none beside it.",
    `
    INT add.partitions.to.txn.retry.backoff.max.ms 100
    INT add.partitions.to.txn.retry.backoff.ms 20
    BOOLEAN auto.leader.rebalance.enable true
    BOOLEAN controlled.shutdown.enable true
    LIST cordoned.log.dirs ""
    BOOLEAN follower.fetch.last.tiered.offset.enable false
    STRING inter.broker.listener.name
    LONG leader.imbalance.check.interval.seconds 300
    LONG log.dir.failure.timeout.ms 30000
    INT num.replica.alter.log.dirs.threads
    INT num.replica.fetchers 1
    INT replica.fetch.backoff.ms 1000
    INT replica.fetch.max.bytes 1048576
    INT replica.fetch.min.bytes 1
    INT replica.fetch.response.max.bytes 10485760
    INT replica.fetch.wait.max.ms 500
    LONG replica.high.watermark.checkpoint.interval.ms 5000
    LONG replica.lag.time.max.ms 30000
    STRING replica.selector.class
    INT replica.socket.receive.buffer.bytes 65536
    INT replica.socket.timeout.ms 30000
    STRING security.inter.broker.protocol PLAINTEXT
    LONG socket.connection.setup.timeout.max.ms 30000
    LONG socket.connection.setup.timeout.ms 10000
    `
  ),
  ...rows(
    "Concerns quotas, which are not here.",
    `
    INT alter.log.dirs.replication.quota.window.num 11
    INT alter.log.dirs.replication.quota.window.size.seconds 1
    INT controller.quota.window.num 11
    INT controller.quota.window.size.seconds 1
    INT quota.window.num 11
    INT quota.window.size.seconds 1
    INT replication.quota.window.num 11
    INT replication.quota.window.size.seconds 1
    `
  ),
  ...rows(
    "Concerns share groups, which are not here.",
    `
    INT group.share.assignment.interval.ms 1000
    LIST group.share.assignors simple
    INT group.share.delivery.count.limit 5
    INT group.share.heartbeat.interval.ms 5000
    INT group.share.max.assignment.interval.ms 15000
    INT group.share.max.delivery.count.limit 10
    INT group.share.max.heartbeat.interval.ms 15000
    INT group.share.max.partition.max.record.locks 4000
    INT group.share.max.record.lock.duration.ms 60000
    INT group.share.max.session.timeout.ms 60000
    INT group.share.max.share.sessions 2000
    INT group.share.max.size 200
    INT group.share.min.assignment.interval.ms 0
    INT group.share.min.delivery.count.limit 2
    INT group.share.min.heartbeat.interval.ms 5000
    INT group.share.min.partition.max.record.locks 100
    INT group.share.min.record.lock.duration.ms 15000
    INT group.share.min.session.timeout.ms 45000
    INT group.share.partition.max.record.locks 2000
    INT group.share.record.lock.duration.ms 30000
    INT group.share.session.timeout.ms 45000
    INT share.coordinator.append.linger.ms -1
    INT share.coordinator.cached.buffer.max.bytes 1048588
    INT share.coordinator.load.buffer.size 5242880
    INT share.coordinator.snapshot.update.records.per.snapshot 500
    INT share.coordinator.state.topic.compression.codec 0
    SHORT share.coordinator.state.topic.min.isr 2
    INT share.coordinator.state.topic.num.partitions 50
    SHORT share.coordinator.state.topic.replication.factor 3
    INT share.coordinator.state.topic.segment.bytes 104857600
    INT share.coordinator.threads 1
    INT share.coordinator.write.timeout.ms 5000
    INT share.fetch.purgatory.purge.interval.requests 1000
    `
  ),
  ...rows(
    "Concerns streams groups, which are not here.",
    `
    INT group.streams.assignment.interval.ms 1000
    INT group.streams.heartbeat.interval.ms 5000
    INT group.streams.initial.rebalance.delay.ms 3000
    INT group.streams.max.assignment.interval.ms 15000
    INT group.streams.max.heartbeat.interval.ms 15000
    INT group.streams.max.session.timeout.ms 60000
    INT group.streams.max.size 2147483647
    INT group.streams.max.standby.replicas 2
    INT group.streams.min.assignment.interval.ms 0
    INT group.streams.min.heartbeat.interval.ms 5000
    INT group.streams.min.session.timeout.ms 45000
    INT group.streams.num.standby.replicas 0
    INT group.streams.session.timeout.ms 45000
    `
  ),
  ...rows(
    "Concerns metrics as Kafka keeps them.",
    `
    INT kafka.metrics.polling.interval.secs 10
    LIST kafka.metrics.reporters ""
    LIST metric.reporters org.apache.kafka.common.metrics.JmxReporter
    INT metrics.num.samples 2
    STRING metrics.recording.level INFO
    LONG metrics.sample.window.ms 30000
    INT telemetry.max.bytes 1048576
    `
  ),
  ...rows(
    "Concerns how Kafka keeps waiting requests.",
    `
    INT delete.records.purgatory.purge.interval.requests 1
    INT fetch.purgatory.purge.interval.requests 1000
    INT producer.purgatory.purge.interval.requests 1000
    `
  ),
  ...rows(
    "Concerns TLS as Java does it.",
    `
    BOOLEAN ssl.allow.dn.changes false
    BOOLEAN ssl.allow.san.changes false
    STRING ssl.endpoint.identification.algorithm https
    STRING ssl.keymanager.algorithm SunX509
    STRING ssl.provider
    STRING ssl.secure.random.implementation
    STRING ssl.trustmanager.algorithm PKIX
    `
  )
]

/** Names, or beginnings of names, that are refused, and why. */
const REFUSED: ReadonlyArray<readonly [string, string]> = [
  ["authorizer.class.name", "there are no ACLs here, and every client may do everything"],
  ["sasl.", "SASL comes later: use SSL with client certificates, or PLAINTEXT"],
  ["delegation.token.", "SASL comes later: use SSL with client certificates, or PLAINTEXT"],
  ["principal.builder.class", "classes of Java cannot be run here"],
  ["create.topic.policy.class.name", "classes of Java cannot be run here"],
  ["alter.config.policy.class.name", "classes of Java cannot be run here"],
  ["client.quota.callback.class", "classes of Java cannot be run here"],
  ["ssl.engine.factory.class", "classes of Java cannot be run here"],
  ["security.providers", "classes of Java cannot be run here"],
  ["config.providers", "values are taken as they are written: there are no providers here"],
  ["remote.", "there is no tiered storage here"],
  ["ssl.keystore.password", "a PEM file has no password of its own: use ssl.key.password"],
  ["ssl.truststore.password", "a PEM file has no password of its own: leave it out"],
  ["listener.name.", "all listeners share one configuration: leave the prefix out"],
  ["zookeeper.", "there is no ZooKeeper here: leave it out"]
]

/** Why a setting of Kafka is refused; undefined for names that Kafka does not have either. */
export const refusalOf = (name: string): string | undefined =>
  REFUSED.find(([start]) => start.endsWith(".") ? name.startsWith(start) : name === start)?.[1]
