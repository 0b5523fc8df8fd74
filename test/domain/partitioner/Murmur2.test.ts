// The hash of keys, bit by bit as Java computes it.
import { assert, describe, it } from "@effect/vitest"
import { murmur2, toPositive } from "../../../src/domain/partitioner/Murmur2.ts"
import { random } from "../../torture/Random.ts"

/** Murmur2 with multiplications of 32 bits, straight from its definition. */
const defined = (bytes: Uint8Array): number => {
  const M = 0x5bd1_e995
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const whole = bytes.length & ~3
  let hash = 0x9747_b28c ^ bytes.length
  for (let at = 0; at < whole; at += 4) {
    const k = Math.imul(view.getInt32(at, true), M)
    hash = Math.imul(hash, M) ^ Math.imul(k ^ (k >>> 24), M)
  }
  if (whole < bytes.length) {
    for (let at = bytes.length - 1; at >= whole; at--) hash ^= bytes[at]! << (8 * (at - whole))
    hash = Math.imul(hash, M)
  }
  hash = Math.imul(hash ^ (hash >>> 13), M)
  return hash ^ (hash >>> 15)
}

describe("murmur2", () => {
  it("gives the answers that Kafka's own tests know", () => {
    const known = {
      "21": -973932308,
      "foobar": -790332482,
      "a-little-bit-long-string": -985981536,
      "a-little-bit-longer-string": -1486304829,
      "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
      "abc": 479470107
    }
    for (const [text, hash] of Object.entries(known)) {
      assert.strictEqual(murmur2(Buffer.from(text)), hash, text)
    }
  })

  it("is exact for any bytes of any length, wherever they lie", () => {
    const draw = random(11)
    const memory = Buffer.from(Array.from({ length: 600 }, () => Math.floor(draw() * 256)))
    for (let round = 0; round < 5_000; round++) {
      const from = Math.floor(draw() * 300)
      const key = memory.subarray(from, from + Math.floor(draw() * (round % 2 === 0 ? 9 : 300)))
      assert.strictEqual(murmur2(key), defined(key), key.toString("hex"))
    }
    assert.strictEqual(murmur2(Buffer.from("grüße 🦊")), defined(Buffer.from("grüße 🦊")))
    assert.strictEqual(murmur2(Buffer.alloc(64, 0xff)), defined(Buffer.alloc(64, 0xff)))
  })
})

describe("toPositive", () => {
  it("takes the sign bit away and leaves the others", () => {
    assert.deepStrictEqual([0, 7, -1, -2_147_483_648].map(toPositive), [0, 7, 0x7fff_ffff, 0])
  })
})
