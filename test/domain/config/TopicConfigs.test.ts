// A topic's settings: which are allowed, and what they become over the broker's.
import { assert, describe, it } from "@effect/vitest"
import type { LogConfig } from "../../../src/domain/config/LogConfig.ts"
import * as TopicConfigs from "../../../src/domain/config/TopicConfigs.ts"
import { definitions } from "../../../src/domain/config/TopicConfigTable.ts"
import { ErrorCode } from "../../../src/domain/ErrorCode.ts"

describe("validate", () => {
  it("allows settings of every kind together", () => {
    assert.strictEqual(
      TopicConfigs.validate({
        "cleanup.policy": "delete",
        "retention.ms": "-1",
        "compression.type": " zstd ",
        "min.cleanable.dirty.ratio": "0.1",
        "remote.storage.enable": "false",
        "leader.replication.throttled.replicas": "*"
      }),
      undefined
    )
  })

  it("allows an empty cleanup.policy, as Kafka 4 does", () => {
    assert.strictEqual(TopicConfigs.validate({ "cleanup.policy": "" }), undefined)
  })

  it("allows deletion, compaction and both", () => {
    for (const policy of ["delete", "compact", "compact,delete", "delete, compact"]) {
      assert.strictEqual(TopicConfigs.validate({ "cleanup.policy": policy }), undefined)
    }
  })

  const refused: ReadonlyArray<readonly [Record<string, string>, RegExp]> = [
    [{ "no.such": "1" }, /^Unknown topic config name: no\.such$/],
    [{ constructor: "1" }, /^Unknown topic config name: constructor$/],
    [{ "retention.ms": "abc" }, /retention\.ms: it must be a whole number$/],
    [{ "segment.bytes": "1" }, /segment\.bytes: it must be at least 14$/],
    [{ "compression.type": "brotli" }, /must be one of producer, uncompressed, gzip/],
    [{ "compression.gzip.level": "0" }, /must be one of -1, 1, 2/],
    [{ "cleanup.policy": "foo" }, /each of its elements must be one of delete, compact$/],
    [{ "remote.storage.enable": "true" }, /it must be false; there is no tiered storage here$/],
    [
      { "min.compaction.lag.ms": "5", "max.compaction.lag.ms": "1" },
      /^min\.compaction\.lag\.ms \(5\) must not be greater than max\.compaction\.lag\.ms \(1\)$/
    ]
  ]
  for (const [configs, sentence] of refused) {
    it(`refuses ${JSON.stringify(configs)}`, () => {
      const failure = TopicConfigs.validate(configs)
      assert.strictEqual(failure?.errorCode, ErrorCode.INVALID_CONFIG)
      assert.match(failure!.message, sentence)
    })
  }
})

/** Values that no setting below asks for. */
const defaults: LogConfig = {
  segmentBytes: 1001,
  segmentMs: 1002,
  segmentJitterMs: 1003,
  segmentIndexBytes: 1004,
  indexIntervalBytes: 1005,
  retentionBytes: 1006,
  retentionMs: 1007,
  fileDeleteDelayMs: 1008,
  cleanupDelete: true,
  cleanupCompact: false,
  deleteRetentionMs: 1009,
  minCompactionLagMs: 1010,
  maxCompactionLagMs: 1011,
  minCleanableDirtyRatio: 0.25,
  maxMessageBytes: 1012,
  compressionType: "producer",
  compressionGzipLevel: 7,
  compressionLz4Level: 8,
  compressionZstdLevel: 6,
  messageTimestampType: "CreateTime",
  messageTimestampBeforeMaxMs: 1013,
  messageTimestampAfterMaxMs: 1014,
  minInsyncReplicas: 3,
  flushMessages: 1015,
  flushMs: 1016,
  preallocate: false
}

describe("resolve", () => {
  it("gives the broker's values to a topic that says nothing", () => {
    assert.deepStrictEqual(TopicConfigs.resolve({}, defaults), defaults)
  })

  it("takes -1 and the largest long as they are meant", () => {
    const resolved = TopicConfigs.resolve(
      { "retention.ms": "-1", "flush.messages": "9223372036854775807" },
      defaults
    )
    assert.strictEqual(resolved.retentionMs, -1)
    assert.strictEqual(resolved.flushMessages, Number.MAX_SAFE_INTEGER)
  })

  it("reads values with spaces around them, which are allowed", () => {
    const configs = { "compression.type": " lz4 ", "preallocate": " TRUE " }
    assert.strictEqual(TopicConfigs.validate(configs), undefined)
    const { compressionType, preallocate } = TopicConfigs.resolve(configs, defaults)
    assert.strictEqual(compressionType, "lz4")
    assert.isTrue(preallocate)
  })

  it("an empty policy frees nothing, both policies are both", () => {
    const none = TopicConfigs.resolve({ "cleanup.policy": "" }, defaults)
    assert.isFalse(none.cleanupDelete || none.cleanupCompact)
    const both = TopicConfigs.resolve({ "cleanup.policy": "compact,delete" }, defaults)
    assert.isTrue(both.cleanupDelete && both.cleanupCompact)
  })

  const another: Readonly<Record<string, string>> = {
    "cleanup.policy": "",
    "compression.type": "gzip",
    "message.timestamp.type": "LogAppendTime",
    "min.cleanable.dirty.ratio": "1"
  }
  for (const { name, type } of definitions.filter(({ isEffective }) => isEffective)) {
    it(`${name} changes what the log obeys`, () => {
      const value = another[name] ?? (type === "BOOLEAN" ? "true" : "5")
      assert.notDeepEqual(TopicConfigs.resolve({ [name]: value }, defaults), defaults)
    })
  }
})
