// The catalog's text is read back as it was written; whatever a broker should not believe is
// refused with what is wrong with it.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { MemoryDisk } from "../../../src/layers/disk/MemoryDisk.ts"
import * as CatalogFile from "../../../src/layers/storage/CatalogFile.ts"

const ID = "0b9fbf0e-7c54-4d2b-9a5e-3f5f0c3d7a10"
const OTHER = "1b9fbf0e-7c54-4d2b-9a5e-3f5f0c3d7a10"
const entry = { name: "orders", id: ID, partitions: 3, configs: { "retention.ms": "5" } }

const load = (content: Uint8Array | undefined) => {
  const disk = new MemoryDisk()
  if (content !== undefined) disk.put("/topics.json", content)
  return CatalogFile.load(disk.service, "/topics.json")
}

describe("topics.json", () => {
  it.effect("is read back as it was written", () =>
    Effect.gen(function*() {
      const entries = [entry, { ...entry, name: "a.b", id: OTHER, configs: {} }]
      assert.deepStrictEqual(yield* load(CatalogFile.encode(entries)), entries)
      assert.deepStrictEqual(yield* load(CatalogFile.encode([])), [])
    }))

  it.effect("is empty where there is none", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* load(undefined), [])
    }))

  it.effect("is believed in every byte or not at all", () =>
    Effect.gen(function*() {
      const text = CatalogFile.encode([entry])
      for (let end = 0; end < text.length; end++) {
        const error = yield* Effect.flip(load(text.subarray(0, end)))
        assert.strictEqual(error._tag, "CatalogError", `cut at ${end}`)
      }
    }))

  it.effect("says what is wrong with it", () =>
    Effect.gen(function*() {
      const wrong = [
        [[{ ...entry, name: "../etc" }], /topic "\.\.\/etc": the topic name/],
        [[{ ...entry, id: "1" }], /"orders": its id "1" is no UUID/],
        [[{ ...entry, partitions: 0 }], /"orders": it has 0 partitions/],
        [[{ ...entry, configs: { "retention.ms": "x" } }], /"orders": .*retention\.ms/],
        [[{ ...entry, configs: { "no.such": "x" } }], /"orders": .*no\.such/],
        [[entry, { ...entry, id: OTHER }], /"orders" is there twice/],
        [[entry, { ...entry, name: "others" }], new RegExp(`"${ID}" is there twice`)]
      ] as const
      for (const [entries, message] of wrong) {
        const error = yield* Effect.flip(load(CatalogFile.encode(entries)))
        assert.match(error.message, message)
        assert.match(error.message, /^\/topics\.json cannot be read: /)
      }
    }))

  it.effect("that the disk cannot read is the disk's failure, not an empty catalog", () =>
    Effect.gen(function*() {
      const disk = new MemoryDisk()
      disk.put("/topics.json", CatalogFile.encode([entry]))
      disk.failNext("read", /topics\.json/)
      const error = yield* Effect.flip(CatalogFile.load(disk.service, "/topics.json"))
      assert.strictEqual(error._tag, "DiskError")
    }))
})
