// Every codec gives back what it was given, refuses garbage with a typed error, and does not let a
// small input grow beyond what is allowed.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as zlib from "node:zlib"
import * as CompressionType from "../../../src/domain/record/CompressionType.ts"
import { Compression } from "../../../src/layers/compression/Compression.ts"

const types = [
  CompressionType.GZIP,
  CompressionType.SNAPPY,
  CompressionType.LZ4,
  CompressionType.ZSTD
] as const

const text = Buffer.from("the quick brown fox jumps over the lazy dog. ".repeat(5000))

for (const type of types) {
  const name = CompressionType.nameOf(type)!

  describe(name, () => {
    it.effect("gives back what it was given", () =>
      Effect.gen(function*() {
        const compression = yield* Compression
        for (const bytes of [text, Buffer.from("x"), Buffer.alloc(0), Buffer.alloc(300_000, 7)]) {
          const packed = yield* compression.compress(type, bytes)
          assert.deepStrictEqual(yield* compression.decompress(type, packed, 10_000_000), bytes)
        }
      }).pipe(Effect.provide(Compression.layer)))

    it.effect("refuses garbage and what is cut off", () =>
      Effect.gen(function*() {
        const compression = yield* Compression
        const packed = yield* compression.compress(type, text)
        const bad = [
          Buffer.from("this was never compressed"),
          packed.subarray(0, packed.length - 5)
        ]
        for (const bytes of bad) {
          const error = yield* Effect.flip(compression.decompress(type, bytes, 10_000_000))
          assert.strictEqual(error._tag, "CompressionError")
        }
      }).pipe(Effect.provide(Compression.layer)))

    it.effect("refuses what would grow too large, before it does", () =>
      Effect.gen(function*() {
        const compression = yield* Compression
        const bomb = yield* compression.compress(type, Buffer.alloc(50_000_000))
        assert.isBelow(bomb.length, 3_000_000)
        const error = yield* Effect.flip(compression.decompress(type, bomb, 1_000_000))
        assert.match(error.message, /allowed/)
      }).pipe(Effect.provide(Compression.layer)))
  })
}

describe("frames that follow one another", () => {
  for (const type of [CompressionType.LZ4, CompressionType.ZSTD, CompressionType.GZIP] as const) {
    it.effect(`are all read: ${CompressionType.nameOf(type)}`, () =>
      Effect.gen(function*() {
        const compression = yield* Compression
        const one = yield* compression.compress(type, Buffer.from("one "))
        const two = yield* compression.compress(type, Buffer.from("two"))
        const both = yield* compression.decompress(type, Buffer.concat([one, two]), 1_000_000)
        assert.strictEqual(both.toString(), "one two")
      }).pipe(Effect.provide(Compression.layer)))
  }
})

describe("snappy", () => {
  it.effect("reads a bare block as well as a framed one", () =>
    Effect.gen(function*() {
      const compression = yield* Compression
      // Length 5, then a literal of five bytes.
      const bare = Buffer.from([5, 4 << 2, 104, 101, 108, 108, 111])
      const bytes = yield* compression.decompress(CompressionType.SNAPPY, bare, 100)
      assert.strictEqual(bytes.toString(), "hello")
    }).pipe(Effect.provide(Compression.layer)))
})

describe("gzip", () => {
  it.effect("honours the level", () =>
    Effect.gen(function*() {
      const compression = yield* Compression
      const stored = yield* compression.compress(CompressionType.GZIP, text, 0)
      assert.isAbove(stored.length, text.length)
      assert.deepStrictEqual(zlib.gunzipSync(stored), text)
    }).pipe(Effect.provide(Compression.layer)))
})

describe("zstd", () => {
  it.effect("compresses many batches at once, each into a frame of its own", () =>
    Effect.gen(function*() {
      const compression = yield* Compression
      const batches = Array.from({ length: 40 }, (_, i) => text.subarray(i, i * 5000 + 1))
      const packed = yield* Effect.forEach(
        batches,
        (bytes) => compression.compress(CompressionType.ZSTD, bytes),
        { concurrency: "unbounded" }
      )
      for (const [i, bytes] of packed.entries()) {
        const opened = yield* compression.decompress(CompressionType.ZSTD, bytes, 1_000_000)
        assert.deepStrictEqual(opened, batches[i])
        assert.deepStrictEqual(zlib.zstdDecompressSync(bytes), batches[i])
      }
    }).pipe(Effect.provide(Compression.layer)))

  it.effect("honours the level, and what any level writes is read", () =>
    Effect.gen(function*() {
      const compression = yield* Compression
      const words = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"]
      const lines = Buffer.from(
        Array.from({ length: 20_000 }, (_, i) => words[(i * i + (i >> 3)) % 8]!).join(" ")
      )
      const sizes: Array<number> = []
      for (const level of [-5, 1, 3, 9, 19]) {
        const packed = yield* compression.compress(CompressionType.ZSTD, lines, level)
        const bytes = yield* compression.decompress(CompressionType.ZSTD, packed, 10_000_000)
        assert.deepStrictEqual(bytes, lines)
        sizes.push(packed.length)
      }
      assert.isAbove(sizes.at(0)!, sizes.at(-1)!)
      const empty = yield* compression.compress(CompressionType.ZSTD, Buffer.alloc(0), 1)
      const nothing = yield* compression.decompress(CompressionType.ZSTD, empty, 100)
      assert.strictEqual(nothing.length, 0)
    }).pipe(Effect.provide(Compression.layer)))
})
