// How many zeros are written behind records that are synced, and how they are told from damage.
import { assert, describe, it } from "@effect/vitest"
import * as PreparedRoom from "../../../src/domain/log/PreparedRoom.ts"

const KB = 1024

const bytesBehind = (position: number, bytes: number, fileBytes: number) =>
  PreparedRoom.behind(position, bytes, fileBytes)?.length

describe("behind", () => {
  it("gives a small log as much again, to the end of a page", () => {
    assert.strictEqual(bytesBehind(0, 100, 0), undefined)
    assert.strictEqual(bytesBehind(10 * KB, 100, 10 * KB), 20 * KB - 10 * KB - 100)
  })

  it("gives a large one 256 KB at a time", () => {
    assert.strictEqual(bytesBehind(1024 * KB, 4 * KB, 1024 * KB), 256 * KB)
    assert.strictEqual(bytesBehind(1024 * KB, 1, 1024 * KB), 256 * KB - 1)
  })

  it("nothing where there is room", () => {
    assert.strictEqual(bytesBehind(1024 * KB, 4 * KB, 1028 * KB), undefined)
    assert.isDefined(bytesBehind(1024 * KB, 4 * KB, 1028 * KB - 1))
  })

  it("nothing for a large write, which would be written twice", () => {
    assert.isDefined(bytesBehind(1024 * KB, 64 * KB, 0))
    assert.strictEqual(bytesBehind(1024 * KB, 64 * KB + 1, 0), undefined)
  })
})

describe("what a file ends with", () => {
  it("is room when it is zeros to the end of a page", () => {
    assert.isTrue(PreparedRoom.mayEnd(8 * KB))
    assert.isFalse(PreparedRoom.mayEnd(8 * KB + 1))
    assert.isTrue(PreparedRoom.isRoom(Buffer.alloc(64 * KB)))
  })

  it("is not when any byte is another", () => {
    for (const at of [0, 1000, 64 * KB - 1]) {
      const bytes = Buffer.alloc(64 * KB)
      bytes[at] = 1
      assert.isFalse(PreparedRoom.isRoom(bytes))
    }
  })
})
