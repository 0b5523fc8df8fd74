// Every setting of the broker. Names are Kafka's where Kafka has one; defaults are Kafka's but where a
// laptop or a test is better served (listeners, log.dirs). Those that only concern what is not here
// yet, or how Kafka is built, are known, reported and change nothing.
import { type ConfigDefinition, define } from "./ConfigDefinition.ts"
import * as ForeignBrokerConfigs from "./ForeignBrokerConfigs.ts"
import * as GroupBrokerConfigs from "./GroupBrokerConfigs.ts"
import * as LogBrokerConfigs from "./LogBrokerConfigs.ts"
import * as SslBrokerConfigs from "./SslBrokerConfigs.ts"
import * as TransactionBrokerConfigs from "./TransactionBrokerConfigs.ts"

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
    "Security protocol of listeners with names of their own, as INTERNAL:PLAINTEXT,EXTERNAL:SSL."
  ),
  define(
    "LIST",
    "controller.listener.names",
    null,
    "Listeners that are Kafka's controller's: they are not opened, for no controller is needed here."
  ),
  define("LIST", "log.dirs", "./data", "The directory that holds all data; one is supported."),
  define("LIST", "log.dir", null, "The same as log.dirs, which wins."),
  define("INT", "node.id", "1", "This broker's number.", { min: 0 }),
  define("INT", "broker.id", "1", "The old name of node.id; when both are given they must agree.", {
    min: 0
  }),
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
    "INT",
    "tail.cache.bytes",
    "16777216",
    "Memory for slices of logs that several consumers read one after the other, so that they are " +
      "read once; 0 for none.",
    { min: 0 }
  ),
  define(
    "INT",
    "zero.copy.fetch.min.bytes",
    "0",
    "Slices of a log from so many bytes on go from the page cache to plain sockets by sendfile, " +
      "with the package koffi on Linux (docs/zero-copy.md); 0 for never.",
    { min: 0 }
  ),
  define(
    "INT",
    "busy.poll.us",
    "50",
    "Under a steady load, how long the broker looks for more before it sleeps: waking it costs " +
      "its clients more than that; 0 for never.",
    { min: 0, max: 1_000_000 }
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
  define(
    "STRING",
    "max.connections.per.ip.overrides",
    "",
    "Other limits of max.connections.per.ip, as HOST:NUMBER, separated by commas.",
    IGNORED
  ),
  define(
    "INT",
    "max.connection.creation.rate",
    INT_MAX,
    "Connections accepted in a second.",
    IGNORED
  ),
  define(
    "LONG",
    "connections.max.reauth.ms",
    "0",
    "How long a SASL login holds; there is no SASL yet.",
    IGNORED
  ),
  define(
    "INT",
    "connection.failed.authentication.delay.ms",
    "100",
    "How long the refusal of a login is held back; there is no SASL yet.",
    IGNORED
  ),
  define(
    "INT",
    "socket.send.buffer.bytes",
    "102400",
    "Kernel buffer of a socket for what is sent; the kernel decides here.",
    IGNORED
  ),
  define(
    "INT",
    "socket.receive.buffer.bytes",
    "102400",
    "Kernel buffer of a socket for what is received; the kernel decides here.",
    IGNORED
  ),
  define(
    "INT",
    "socket.listen.backlog.size",
    "50",
    "Connections that may wait to be accepted; Node decides here.",
    IGNORED
  ),
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
    "max.request.partition.size.limit",
    "2000",
    "The most partitions that one DescribeTopicPartitions is answered.",
    { min: 1, ...IGNORED }
  ),
  define(
    "INT",
    "max.incremental.fetch.session.cache.slots",
    "1000",
    "Fetch sessions kept; none are, so that every fetch is a full one.",
    IGNORED
  )
]

export const definitions: ReadonlyArray<ConfigDefinition> = [
  ...general,
  ...sockets,
  ...LogBrokerConfigs.definitions,
  ...GroupBrokerConfigs.definitions,
  ...TransactionBrokerConfigs.definitions,
  ...SslBrokerConfigs.definitions,
  ...ForeignBrokerConfigs.definitions
]

const byName = new Map(definitions.map((definition) => [definition.name, definition]))

export const definitionOf = (name: string): ConfigDefinition | undefined => byName.get(name)

/** Why a name that is not in the table, but is Kafka's, is refused. */
export const refusalOf = ForeignBrokerConfigs.refusalOf
