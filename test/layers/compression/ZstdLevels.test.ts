// Frames out of contexts that are kept: each is whole and its own, however many are asked for at once.
import { assert, describe, it } from "@effect/vitest"
import * as zstd from "@mongodb-js/zstd"
import * as crypto from "node:crypto"
import * as ZstdLevels from "../../../src/layers/compression/ZstdLevels.ts"

const payloads = (count: number): ReadonlyArray<Buffer> =>
  Array.from(
    { length: count },
    (_, i) => Buffer.from(`record ${i} of ${count} `.repeat(1 + i * 37 % 500) + "x".repeat(i))
  )

describe.skipIf(!ZstdLevels.isSupported)("ZstdLevels", () => {
  it("makes a frame of each of many that come at once", async () => {
    const given = payloads(200)
    const frames = await Promise.all(given.map((bytes) => ZstdLevels.compress(bytes, 1)))
    // Looked at when all are made: none lies in memory that was used again.
    for (const [i, frame] of frames.entries()) {
      assert.isTrue(given[i]!.equals(await zstd.decompress(frame)), `frame ${i}`)
    }
  })

  it("makes frames larger than a piece of its memory, and small ones after them", async () => {
    const given = [crypto.randomBytes(700_000), Buffer.from("small"), crypto.randomBytes(262_144)]
    for (const bytes of [...given, ...given]) {
      const frame = await ZstdLevels.compress(bytes, 2)
      assert.isTrue(bytes.equals(await zstd.decompress(frame)))
    }
  })

  it("puts a frame where the caller has room, and fails where he has none", async () => {
    const memory = Buffer.alloc(1000)
    const bytes = Buffer.from("again and again ".repeat(50))
    const frame = await ZstdLevels.compress(bytes, 1, (length) => memory.subarray(61, 61 + length))
    assert.strictEqual(frame.buffer, memory.buffer)
    assert.isTrue(bytes.equals(await zstd.decompress(frame)))
    const none = () => {
      throw new Error("no room")
    }
    const error = await ZstdLevels.compress(bytes, 1, none).catch((error: Error) => error)
    assert.strictEqual((error as Error).message, "no room")
    const next = await ZstdLevels.compress(bytes, 1)
    assert.isTrue(bytes.equals(await zstd.decompress(next)))
  })
})
