// Every setting of the broker. Names are Kafka's where Kafka has one; defaults are Kafka's but where a
// laptop or a test is better served (listeners, log.dirs). Those that only concern what is not here
// yet, or how Kafka is built, are known, reported and change nothing.
import { type ConfigDefinition, define } from "./ConfigDefinition.ts"
import * as LogBrokerConfigs from "./LogBrokerConfigs.ts"

const IGNORED = { isEffective: false }
const INT_MAX = "2147483647"

const general: ReadonlyArray<ConfigDefinition> = [
  define(
    "LIST",
    "listeners",
    "PLAINTEXT://127.0.0.1:9092",
    "Where to listen: NAME://HOST:PORT, separated by commas. Port 0 takes a free one."
  ),
  define(
    "LIST",
    "advertised.listeners",
    null,
    "What clients are told to dial; left out, it is the address that they dialled."
  ),
  define(
    "STRING",
    "listener.security.protocol.map",
    "PLAINTEXT:PLAINTEXT,SSL:SSL",
    "Security protocol (PLAINTEXT or SSL) of listeners with names of their own."
  ),
  define("LIST", "log.dirs", "./data", "The directory that holds all data; one is supported."),
  define("LIST", "log.dir", null, "The same as log.dirs, which wins."),
  define("INT", "node.id", "1", "This broker's number.", { min: 0 }),
  define("INT", "broker.id", "1", "The old name of node.id.", { min: -1 }),
  define("STRING", "broker.rack", null, "The rack of the broker.", IGNORED),
  define(
    "BOOLEAN",
    "auto.create.topics.enable",
    "true",
    "Whether a topic that a client asks for is made on demand."
  ),
  define("INT", "num.partitions", "1", "Partitions of a topic that says nothing itself.", {
    min: 1
  }),
  define("INT", "default.replication.factor", "1", "Replicas of a topic; there is one.", IGNORED),
  define("BOOLEAN", "delete.topic.enable", "true", "Whether topics can be deleted."),
  define("INT", "topic.partitions.max", "100000", "The most partitions that the broker takes.", {
    min: 1
  }),
  define(
    "STRING",
    "durability",
    "commit",
    "When acks=all is answered: \"commit\" after fdatasync, \"interval\" after the write with a sync " +
      "every durability.interval.ms, \"os\" after the write.",
    { oneOf: ["commit", "interval", "os"] }
  ),
  define("INT", "durability.interval.ms", "1000", "Time between syncs with durability=interval.", {
    min: 1
  }),
  define(
    "INT",
    "shards",
    "8",
    "Fibers that write partitions, each partition always by the same one.",
    { min: 1, max: 1024 }
  ),
  define("INT", "shard.mailbox.capacity", "1024", "Requests that may wait for a shard.", {
    min: 1
  }),
  define(
    "INT",
    "shutdown.timeout.ms",
    "10000",
    "How long a stop waits for clients to take their last answers.",
    { min: 0 }
  )
]

const sockets: ReadonlyArray<ConfigDefinition> = [
  define("INT", "socket.request.max.bytes", "104857600", "The largest request.", { min: 1 }),
  define(
    "INT",
    "socket.receive.bytes.max",
    "1048576",
    "Request bytes of one connection that may wait to be handled before reading pauses.",
    { min: 1 }
  ),
  define(
    "LONG",
    "queued.max.request.bytes",
    "268435456",
    "Request bytes that all connections together may hold; -1 for no limit.",
    { min: -1 }
  ),
  define(
    "INT",
    "connection.in.flight.max",
    "64",
    "Requests of one connection that may await their answers at the same time.",
    { min: 1 }
  ),
  define(
    "LONG",
    "connections.max.idle.ms",
    "600000",
    "A connection on which nothing moves for so long is closed; -1 for never.",
    { min: -1 }
  ),
  define("INT", "handshake.timeout.ms", "10000", "How long a TLS handshake may take.", { min: 1 }),
  define("INT", "max.connections", INT_MAX, "Connections beyond this are closed on arrival.", {
    min: 0
  }),
  define("INT", "max.connections.per.ip", INT_MAX, "Connections from one address.", IGNORED),
  define("INT", "socket.send.buffer.bytes", "102400", "Kernel buffer of a socket.", IGNORED),
  define("INT", "socket.receive.buffer.bytes", "102400", "Kernel buffer of a socket.", IGNORED),
  define("INT", "socket.listen.backlog.size", "50", "Connections waiting to be accepted.", IGNORED),
  define("INT", "num.network.threads", "3", "Threads for sockets; there is one.", IGNORED),
  define("INT", "num.io.threads", "8", "Threads for requests; there is one.", IGNORED),
  define("INT", "background.threads", "10", "Threads for background work.", IGNORED),
  define(
    "INT",
    "queued.max.requests",
    "500",
    "Requests that may wait; see queued.max.request.bytes.",
    IGNORED
  ),
  define("INT", "request.timeout.ms", "30000", "How long brokers wait for one another.", IGNORED),
  define("INT", "fetch.max.bytes", "57671680", "The most that one fetch is answered.", {
    min: 1024
  }),
  define(
    "INT",
    "max.incremental.fetch.session.cache.slots",
    "1000",
    "Fetch sessions kept; none are, so that every fetch is a full one.",
    IGNORED
  )
]

const producersAndGroups: ReadonlyArray<ConfigDefinition> = [
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
    { min: 1 }
  ),
  define("INT", "transactional.id.expiration.ms", "604800000", "Part of transactions.", IGNORED),
  define("INT", "transaction.state.log.num.partitions", "50", "Part of transactions.", IGNORED),
  define(
    "SHORT",
    "transaction.state.log.replication.factor",
    "1",
    "Part of transactions.",
    IGNORED
  ),
  define("INT", "transaction.state.log.min.isr", "1", "Part of transactions.", IGNORED),
  define("INT", "offsets.topic.num.partitions", "50", "Part of consumer groups.", IGNORED),
  define("SHORT", "offsets.topic.replication.factor", "1", "Part of consumer groups.", IGNORED),
  define("INT", "offsets.retention.minutes", "10080", "Part of consumer groups.", IGNORED),
  define(
    "LONG",
    "offsets.retention.check.interval.ms",
    "600000",
    "Part of consumer groups.",
    IGNORED
  ),
  define("INT", "offset.metadata.max.bytes", "4096", "Part of consumer groups.", IGNORED),
  define("INT", "group.initial.rebalance.delay.ms", "3000", "Part of consumer groups.", IGNORED),
  define("INT", "group.min.session.timeout.ms", "6000", "Part of consumer groups.", IGNORED),
  define("INT", "group.max.session.timeout.ms", "1800000", "Part of consumer groups.", IGNORED),
  define("INT", "group.max.size", INT_MAX, "Part of consumer groups.", IGNORED)
]

const tls: ReadonlyArray<ConfigDefinition> = [
  define("STRING", "ssl.keystore.type", "PEM", "Form of key and certificate: PEM.", {
    oneOf: ["PEM"]
  }),
  define(
    "STRING",
    "ssl.keystore.location",
    null,
    "A PEM file that holds both the key and the certificate chain."
  ),
  define(
    "PASSWORD",
    "ssl.keystore.certificate.chain",
    null,
    "The certificate chain, as PEM text or the path of a PEM file."
  ),
  define(
    "PASSWORD",
    "ssl.keystore.key",
    null,
    "The private key, as PEM text or the path of a file."
  ),
  define("PASSWORD", "ssl.key.password", null, "The password of the private key."),
  define("STRING", "ssl.truststore.type", "PEM", "Form of trusted certificates: PEM.", {
    oneOf: ["PEM"]
  }),
  define("STRING", "ssl.truststore.location", null, "A PEM file of trusted certificates."),
  define(
    "PASSWORD",
    "ssl.truststore.certificates",
    null,
    "Trusted certificates, as PEM text or the path of a PEM file."
  ),
  define("STRING", "ssl.client.auth", "none", "Whether clients show certificates.", {
    oneOf: ["none", "requested", "required"]
  }),
  define("LIST", "ssl.enabled.protocols", "TLSv1.2,TLSv1.3", "Versions of TLS.", {
    oneOf: ["TLSv1.2", "TLSv1.3"]
  }),
  define(
    "STRING",
    "ssl.protocol",
    "TLSv1.3",
    "Version of TLS; see ssl.enabled.protocols.",
    IGNORED
  ),
  define(
    "LIST",
    "ssl.cipher.suites",
    "",
    "Cipher suites in order of preference, by OpenSSL's or by their IANA names."
  )
]

export const definitions: ReadonlyArray<ConfigDefinition> = [
  ...general,
  ...sockets,
  ...LogBrokerConfigs.definitions,
  ...producersAndGroups,
  ...tls
]

const byName = new Map(definitions.map((definition) => [definition.name, definition]))

export const definitionOf = (name: string): ConfigDefinition | undefined => byName.get(name)
