// Compressed batches are opened before their turn, a few at a time, each once; what could not be opened so is
// opened again when its turn has come.
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as CompressionType from "../../../../src/domain/record/CompressionType.ts"
import * as RecordBatch from "../../../../src/domain/record/RecordBatch.ts"
import { RecordBatchBuilder } from "../../../../src/domain/record/RecordBatchBuilder.ts"
import { Compression, CompressionError } from "../../../../src/layers/compression/Compression.ts"
import { BatchOpener } from "../../../../src/runtime/client/consumer/BatchOpener.ts"
import {
  ClosedBatch,
  FetchedRecords
} from "../../../../src/runtime/client/consumer/FetchedRecords.ts"
import { AssignedPartition } from "../../../../src/runtime/client/consumer/SubscriptionState.ts"

const BYTES_MAX = 64 * 1024 * 1024
const AHEAD = 8

/** A batch whose payload is a name, and no records at all. */
const batch = (offset: number): Buffer => {
  const builder = new RecordBatchBuilder({ bytesMax: 1000 })
  builder.append(0, null, Buffer.from("x"))
  const bytes = builder.sealCompressed(CompressionType.GZIP, Buffer.from(`batch ${offset}`), {})
  RecordBatch.setBaseOffset(bytes, 0, offset)
  return bytes
}

const fetched = (count: number): FetchedRecords => {
  const bytes = Buffer.concat(Array.from({ length: count }, (_, i) => batch(i)))
  const rules = { checkCrcs: true, isCommittedOnly: false }
  return new FetchedRecords(new AssignedPartition("orders", 0), 1, 0, bytes, null, rules)
}

const next = (piece: FetchedRecords): ClosedBatch => {
  const batch = piece.next()
  assert.instanceOf(batch, ClosedBatch)
  return batch
}

/** "Opens" a payload as itself; `refused` says of which, and within which bounds, it does not. */
const world = (refused: (name: string, bytesMax: number) => boolean = () => false) => {
  const asked: Array<string> = []
  const compression = Compression.of({
    compress: (_, bytes) => Effect.succeed(bytes),
    decompress: (_, bytes, bytesMax) =>
      Effect.suspend(() => {
        const name = bytes.toString()
        asked.push(name)
        return refused(name, bytesMax)
          ? Effect.fail(new CompressionError({ codec: "gzip", detail: `${name} is refused` }))
          : Effect.succeed(bytes)
      })
  })
  const opener = new BatchOpener(compression, BYTES_MAX, (effect) => {
    Effect.runSync(effect)
  })
  return { asked, opener }
}

describe("BatchOpener", () => {
  it.effect("has the first batch waited for, and those after it here when they are wanted", () =>
    Effect.gen(function*() {
      const { asked, opener } = world()
      const piece = fetched(3)
      const first = next(piece)
      assert.isUndefined(opener.take(piece, first))
      assert.strictEqual((yield* opener.open(piece, first)).toString(), "batch 0")
      assert.strictEqual(opener.take(piece, next(piece))?.toString(), "batch 1")
      assert.strictEqual(opener.take(piece, next(piece))?.toString(), "batch 2")
      assert.sameMembers(asked, ["batch 0", "batch 1", "batch 2"])
    }))

  it("is a few batches ahead, and no more", () => {
    const { asked, opener } = world()
    const piece = fetched(100)
    opener.take(piece, next(piece))
    assert.strictEqual(asked.length, AHEAD)
    opener.take(piece, next(piece))
    assert.strictEqual(asked.length, AHEAD + 1)
  })

  it.effect("opens what was too large for that when its turn has come", () =>
    Effect.gen(function*() {
      const { asked, opener } = world((name, bytesMax) =>
        name === "batch 1" && bytesMax < BYTES_MAX
      )
      const piece = fetched(2)
      opener.take(piece, next(piece))
      const second = next(piece)
      assert.isUndefined(opener.take(piece, second))
      assert.strictEqual((yield* opener.open(piece, second)).toString(), "batch 1")
      assert.deepStrictEqual(asked, ["batch 1", "batch 1"])
    }))

  it.effect("fails for what cannot be opened, as often as it is asked", () =>
    Effect.gen(function*() {
      const { opener } = world((name) => name === "batch 1")
      const piece = fetched(2)
      opener.take(piece, next(piece))
      const second = next(piece)
      for (const _ of [1, 2]) {
        assert.isUndefined(opener.take(piece, second))
        const { detail } = yield* Effect.flip(opener.open(piece, second))
        assert.strictEqual(detail, "batch 1 is refused")
      }
    }))

  it.effect("lets who needs a batch wait for the opening that is under way", () =>
    Effect.gen(function*() {
      const gate = yield* Deferred.make<void>()
      let count = 0
      const compression = Compression.of({
        compress: (_, bytes) => Effect.succeed(bytes),
        decompress: (_, bytes) =>
          Effect.suspend(() => {
            count++
            return Effect.as(Deferred.await(gate), bytes)
          })
      })
      const opener = new BatchOpener(compression, BYTES_MAX, (effect) => {
        Effect.runFork(effect)
      })
      const piece = fetched(2)
      opener.take(piece, next(piece))
      const second = next(piece)
      assert.isUndefined(opener.take(piece, second))
      yield* Deferred.succeed(gate, undefined)
      assert.strictEqual((yield* opener.open(piece, second)).toString(), "batch 1")
      assert.strictEqual(count, 1)
    }))
})
