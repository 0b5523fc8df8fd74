// A data directory belongs to one cluster and one node, as Kafka's meta.properties says.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { MemoryDisk } from "../../../src/layers/disk/MemoryDisk.ts"
import * as MetaProperties from "../../../src/layers/storage/MetaProperties.ts"

const FILE = "/data/meta.properties"

const newDisk = (text?: string): MemoryDisk => {
  const disk = new MemoryDisk()
  disk.names.makeDirectory("/data")
  if (text !== undefined) disk.put(FILE, Buffer.from(text))
  return disk
}

const clusterId = (disk: MemoryDisk, nodeId = 1) =>
  MetaProperties.clusterId(disk.service, "/data", nodeId)

describe("the cluster's id", () => {
  it.effect("is made once, in Kafka's form, and survives a crash", () =>
    Effect.gen(function*() {
      const disk = newDisk()
      const made = yield* clusterId(disk)
      assert.match(made, /^[A-Za-z0-9_-]{22}$/)
      assert.strictEqual(Buffer.from(made, "base64url").length, 16)
      disk.crash()
      assert.strictEqual(yield* clusterId(disk), made)
      assert.notStrictEqual(yield* clusterId(newDisk()), made)
      const text = `version=1\ncluster.id=${made}\nnode.id=1\n`
      assert.strictEqual(disk.bytesOf(FILE).toString(), text)
    }))

  it.effect("is read from a file that Kafka wrote", () =>
    Effect.gen(function*() {
      const lines = [
        "#",
        "#Tue Nov 24 10:12:13 UTC 2026",
        "cluster.id=q1Sh-9_ISia_zwGINzRvyQ",
        "version=1",
        "directory.id=NQ8yjZ6FTgyGwF3vYvgr3g",
        "node.id=7"
      ]
      for (const end of ["\n", "\r\n"]) {
        const disk = newDisk(lines.join(end) + end)
        assert.strictEqual(yield* clusterId(disk, 7), "q1Sh-9_ISia_zwGINzRvyQ")
      }
    }))

  it.effect("is not another node's to use", () =>
    Effect.gen(function*() {
      const disk = newDisk()
      yield* clusterId(disk, 1)
      const error = yield* Effect.flip(clusterId(disk, 2))
      assert.match(error.message, /^\/data\/meta\.properties: .* of node 1, this broker is node 2/)
    }))

  it.effect("is not made anew where the file cannot be understood or read", () =>
    Effect.gen(function*() {
      const wrong = ["", "version=1\nnode.id=1\n", "version=1\ncluster.id=x\nnode.id=one\n"]
      for (const text of [...wrong, "version=2\ncluster.id=x\nnode.id=1\n"]) {
        const disk = newDisk(text)
        assert.strictEqual((yield* Effect.flip(clusterId(disk)))._tag, "MetaPropertiesError", text)
        assert.strictEqual(disk.bytesOf(FILE).toString(), text)
      }
      const disk = newDisk("version=1\ncluster.id=x\nnode.id=1\n")
      disk.failNext("read", /meta/)
      assert.strictEqual((yield* Effect.flip(clusterId(disk)))._tag, "DiskError")
    }))
})
