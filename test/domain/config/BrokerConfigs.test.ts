// The table of broker settings is Kafka's, with the differences that are named here and no others.
import { assert, describe, it } from "@effect/vitest"
import * as BrokerConfigs from "../../../src/domain/config/BrokerConfigs.ts"
import { check } from "../../../src/domain/config/ConfigDefinition.ts"
import * as KafkaConfigs from "./KafkaConfigs.ts"

/** Where our default is another than Kafka's, and why. */
const OTHER_DEFAULTS: Readonly<Record<string, string>> = {
  "listeners": "a broker on a laptop is not to be open to the network",
  "advertised.listeners": "clients are told what they dialled",
  "listener.security.protocol.map": "there is no SASL to map to",
  "log.dirs": "data is where the broker was started, not in /tmp",
  "log.dir": "log.dirs has the default",
  "broker.id": "node.id has the default, and there is no generated number",
  "controller.listener.names": "there is no controller; the captured broker had one",
  "process.roles": "there is no controller; the captured broker had one",
  "queued.max.request.bytes": "memory is bounded from the start",
  "offsets.topic.replication.factor": "there is one broker",
  "transaction.state.log.replication.factor": "there is one broker",
  "transaction.state.log.min.isr": "there is one broker",
  "ssl.keystore.type": "keys are PEM here",
  "ssl.truststore.type": "certificates are PEM here",
  "node.id": "the captured broker was told its number"
}

/** Settings of ours, that Kafka does not have. */
const OURS = [
  "busy.poll.us",
  "connection.in.flight.max",
  "durability",
  "durability.interval.ms",
  "handshake.timeout.ms",
  "shard.mailbox.capacity",
  "shards",
  "shutdown.timeout.ms",
  "socket.receive.bytes.max",
  "tail.cache.bytes",
  "topic.partitions.max",
  "zero.copy.fetch.min.bytes"
]

describe("against Kafka", () => {
  it("every setting of Kafka is known with its type, or refused with a reason", () => {
    const wrong = KafkaConfigs.ofBroker.filter(([name, type]) => {
      const definition = BrokerConfigs.definitionOf(name)
      return definition === undefined
        ? BrokerConfigs.refusalOf(name) === undefined
        : definition.type !== type
    })
    assert.deepStrictEqual(wrong, [])
  })

  it("defaults differ only where there is a reason", () => {
    const differing = KafkaConfigs.ofBroker.filter(([name, , defaultValue]) => {
      const definition = BrokerConfigs.definitionOf(name)
      return definition !== undefined && definition.defaultValue !== defaultValue
    })
    assert.deepStrictEqual(
      differing.map(([name]) => name).sort(),
      Object.keys(OTHER_DEFAULTS).sort()
    )
  })

  it("names beyond Kafka's are ours", () => {
    const theirs = new Set(KafkaConfigs.ofBroker.map(([name]) => name))
    const names = BrokerConfigs.definitions.map(({ name }) => name)
    assert.deepStrictEqual(names.filter((name) => !theirs.has(name)).sort(), OURS)
  })
})

describe("the table", () => {
  it("names each setting once", () => {
    const names = BrokerConfigs.definitions.map(({ name }) => name)
    assert.deepStrictEqual(names.filter((name, i) => names.indexOf(name) !== i), [])
  })

  it("allows each default", () => {
    const wrong = BrokerConfigs.definitions.map((definition) =>
      definition.defaultValue === null ? undefined : check(definition, definition.defaultValue)
    )
    assert.deepStrictEqual(wrong.filter((sentence) => sentence !== undefined), [])
  })

  it("documents each setting by a sentence", () => {
    const bare = BrokerConfigs.definitions.filter(({ documentation }) =>
      !/^\S.{10,}\.$/.test(documentation)
    )
    assert.deepStrictEqual(bare.map(({ name }) => name), [])
  })

  it("refuses no name that it has", () => {
    const both = BrokerConfigs.definitions.filter(({ name }) =>
      BrokerConfigs.refusalOf(name) !== undefined && name !== "remote.log.storage.system.enable"
    )
    assert.deepStrictEqual(both.map(({ name }) => name), [])
  })
})
