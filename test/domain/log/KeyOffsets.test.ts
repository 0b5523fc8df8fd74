// The table of newest offsets answers as a map does, until it is full.
import { assert, describe, it } from "@effect/vitest"
import * as crypto from "node:crypto"
import { KeyOffsets } from "../../../src/domain/log/KeyOffsets.ts"

const digest = (key: Buffer): string => crypto.hash("sha256", key, "binary")
const key = (n: number): Buffer => Buffer.from(`key ${n}`)

describe("a table of offsets by key", () => {
  it("tells the last offset of each key, and -1 of others", () => {
    const table = new KeyOffsets({ slots: 4_000, loadFactor: 0.9, digest })
    for (let i = 0; i < 9_000; i++) assert.isTrue(table.put(key(i % 3_000), i))
    for (let i = 0; i < 3_000; i++) assert.strictEqual(table.get(key(i)), 6_000 + i)
    for (let i = 3_000; i < 3_100; i++) assert.strictEqual(table.get(key(i)), -1)
    assert.strictEqual(table.size, 3_000)
  })

  it("takes no new key when it is full, but goes on with those it has", () => {
    const table = new KeyOffsets({ slots: 10, loadFactor: 0.5, digest })
    const taken = Array.from({ length: 9 }, (_, i) => table.put(key(i), i))
    assert.deepStrictEqual(taken, [true, true, true, true, true, false, false, false, false])
    assert.isTrue(table.put(key(2), 50))
    assert.deepStrictEqual([table.get(key(2)), table.get(key(7)), table.size], [50, -1, 5])
  })

  it("always leaves a free slot, so that a search ends", () => {
    const table = new KeyOffsets({ slots: 3, loadFactor: 1, digest })
    for (let i = 0; i < 9; i++) table.put(key(i), i)
    assert.strictEqual(table.size, 2)
    assert.strictEqual(table.get(key(8)), -1)
  })

  it("tells keys apart whose digests begin alike", () => {
    const table = new KeyOffsets({
      slots: 8,
      loadFactor: 0.9,
      digest: (key) => `same for all ${key.toString("latin1")}`.padEnd(16)
    })
    for (let i = 0; i < 6; i++) assert.isTrue(table.put(Buffer.from(`${i}`), i))
    for (let i = 0; i < 6; i++) assert.strictEqual(table.get(Buffer.from(`${i}`)), i)
  })
})
