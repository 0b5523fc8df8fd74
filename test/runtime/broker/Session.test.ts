// One connection: answers in the order of the requests, and an end that touches nobody else.
import { assert, describe, it, layer } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { ErrorCode } from "../../../src/domain/ErrorCode.ts"
import { ApiVersions } from "../../../src/domain/protocol/ApiVersions.ts"
import { Fetch } from "../../../src/domain/protocol/Fetch.ts"
import { JoinGroup } from "../../../src/domain/protocol/JoinGroup.ts"
import { Metadata } from "../../../src/domain/protocol/Metadata.ts"
import { OffsetCommit } from "../../../src/domain/protocol/OffsetCommit.ts"
import { OffsetFetch } from "../../../src/domain/protocol/OffsetFetch.ts"
import { Produce } from "../../../src/domain/protocol/Produce.ts"
import * as BrokerWorld from "../../world/BrokerWorld.ts"
import * as Groups from "../../world/Groups.ts"
import * as Requests from "../../world/Requests.ts"

const correlationIds = (frames: ReadonlyArray<Buffer>) =>
  frames.map((frame) => frame.readInt32BE(0))

/** Takes until so many frames have come. */
const takeFrames = Effect.fnUntraced(function*(client: BrokerWorld.Client, count: number) {
  const frames: Array<Buffer> = []
  while (frames.length < count) frames.push(...yield* client.frames)
  return frames
})

layer(BrokerWorld.layer())("a session", (it) => {
  it.effect("answers pipelined requests in their order, slow ones and quick ones", () =>
    Effect.gen(function*() {
      const client = yield* BrokerWorld.connect
      yield* Requests.createTopic(client, "ordered")
      const sent: Array<number> = []
      for (let i = 0; i < 5; i++) {
        const records = BrokerWorld.batch([`${i}`])
        sent.push(yield* client.send(Produce, 9, Requests.produce("ordered", records)))
        sent.push(yield* client.send(Metadata, 9, Requests.metadata(["ordered"])))
      }
      const frames = yield* takeFrames(client, 10)
      assert.deepStrictEqual(correlationIds(frames), sent)
    }))

  it.effect("sends nothing for acks=0, and keeps its place in line", () =>
    Effect.gen(function*() {
      const client = yield* BrokerWorld.connect
      yield* Requests.createTopic(client, "quiet")
      const request = Requests.produce("quiet", BrokerWorld.batch(["a"]), { acks: 0 })
      yield* client.send(Produce, 9, request)
      const fetched = yield* client.ask(Fetch, 12, Requests.fetch("quiet", 0))
      assert.strictEqual(fetched.responses[0]!.partitions[0]!.highWatermark, 1)
    }))

  it.effect("ends when acks=0 cannot be stored: there is no other way to tell", () =>
    Effect.gen(function*() {
      const client = yield* BrokerWorld.connect
      yield* client.send(
        Produce,
        9,
        Requests.produce("nowhere", BrokerWorld.batch(["a"]), { acks: 0 })
      )
      const error = yield* Effect.flip(client.frames)
      assert.strictEqual(error.reason, "closed")
    }))

  it.effect("answers although what it would quote is longer than a string on the wire may be", () =>
    Effect.gen(function*() {
      const client = yield* BrokerWorld.connect
      const request = Requests.produce("n".repeat(32_760), BrokerWorld.batch(["a"]))
      const { responses } = yield* client.ask(Produce, 9, request)
      const [answer] = responses[0]!.partitionResponses
      assert.strictEqual(answer!.errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
      assert.isBelow(answer!.errorMessage!.length, 2000)
    }))

  const malformed: ReadonlyArray<readonly [string, string]> = [
    ["is too short for a header", "0003"],
    ["names no API", "7fff0000000000010000"],
    ["asks for a version that is not served", "0003006300000001ffff"],
    ["announces more elements than there are bytes", "0003000100000001ffff7fffffff"],
    ["ends in the middle", "00030009000000010004"]
  ]
  for (const [what, hex] of malformed) {
    it.effect(`ends when a request ${what}, after what came before was answered`, () =>
      Effect.gen(function*() {
        const client = yield* BrokerWorld.connect
        const other = yield* BrokerWorld.connect
        yield* client.send(Metadata, 9, Requests.metadata([]))
        yield* client.sendRaw(Buffer.from(hex, "hex"))
        assert.lengthOf(yield* client.frames, 1)
        assert.strictEqual((yield* Effect.flip(client.frames)).reason, "closed")
        const { brokers } = yield* other.ask(Metadata, 9, Requests.metadata([]))
        assert.lengthOf(brokers, 1)
      }))
  }

  it.effect("answers an unknown version of ApiVersions in a v0 body that lists key 18", () =>
    Effect.gen(function*() {
      const client = yield* BrokerWorld.connect
      yield* client.sendRaw(Buffer.from("0012000900000007ffff", "hex"))
      const [frame] = yield* client.frames
      assert.strictEqual(frame!.toString("hex"), "00000007002300000001001200000004")
      const request = { clientSoftwareName: "test", clientSoftwareVersion: "1" }
      const { errorCode } = yield* client.ask(ApiVersions, 3, request)
      assert.strictEqual(errorCode, 0)
    }))
})

describe("a stop", () => {
  it.effect("answers long polls at once, and what is in flight", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(BrokerWorld.layer(), scope)
      yield* Effect.gen(function*() {
        const client = yield* BrokerWorld.connect
        yield* Requests.createTopic(client, "t")
        const poll = Requests.fetch("t", 0, { maxWaitMs: 3_600_000 })
        const polling = yield* Effect.forkChild(client.ask(Fetch, 12, poll), {
          startImmediately: true
        })
        yield* Effect.yieldNow
        const stopped = yield* Deferred.make<void>()
        yield* Effect.forkChild(
          Effect.andThen(Scope.close(scope, Exit.void), Deferred.succeed(stopped, undefined))
        )
        const answer = yield* Fiber.join(polling)
        assert.strictEqual(answer.responses[0]!.partitions[0]!.errorCode, 0)
        yield* Deferred.await(stopped)
      }).pipe(Effect.scoped, Effect.provideContext(context))
    }))

  it.effect("tells members that wait for their group to look for its coordinator again", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const delay = { "group.initial.rebalance.delay.ms": "3600000" }
      const context = yield* Layer.buildWithScope(BrokerWorld.layer(delay), scope)
      yield* Effect.gen(function*() {
        const client = yield* BrokerWorld.connect
        const other = yield* BrokerWorld.connect
        yield* Requests.createTopic(client, "orders")
        const joining = yield* Effect.forkChild(client.ask(JoinGroup, 3, Groups.join("g")), {
          startImmediately: true
        })
        // A commit behind it is begun at once, though its answer has to wait: others see what it did.
        yield* client.send(OffsetCommit, 7, Groups.commit("h", 7))
        const asked = { groupId: "h", topics: null, groups: [], requireStable: false }
        const fetched = Effect.map(
          other.ask(OffsetFetch, 5, asked),
          ({ topics }) => topics[0]?.partitions[0]?.committedOffset
        )
        yield* Effect.repeat(fetched, { until: (offset) => offset === 7 })
        yield* Effect.forkChild(Scope.close(scope, Exit.void))
        const { errorCode } = yield* Fiber.join(joining)
        assert.strictEqual(errorCode, ErrorCode.COORDINATOR_NOT_AVAILABLE)
      }).pipe(Effect.scoped, Effect.provideContext(context))
    }))
})
