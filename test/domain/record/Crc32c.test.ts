// The checksum: known answers, and one answer whichever way it is computed.
import { assert, describe, it } from "@effect/vitest"
import { crc32c as native } from "@node-rs/crc32"
import { crc32c, useFastest } from "../../../src/domain/record/Crc32c.ts"

describe("crc32c", () => {
  it("gives the known answers of RFC 3720", () => {
    assert.strictEqual(crc32c(Buffer.from("123456789")), 0xe3069283)
    assert.strictEqual(crc32c(Buffer.alloc(32)), 0x8a9136aa)
    assert.strictEqual(crc32c(Buffer.alloc(32, 0xff)), 0x62a8ab43)
  })

  it("agrees with the package at every length, and within a range", () => {
    const bytes = Buffer.from(Array.from({ length: 300 }, (_, i) => (i * 73) & 0xff))
    for (let length = 0; length <= 300; length++) {
      assert.strictEqual(crc32c(bytes, 0, length), native(bytes.subarray(0, length)))
    }
    assert.strictEqual(crc32c(bytes, 7, 40), native(bytes.subarray(7, 40)))
  })

  it("agrees with aws-crt, which is installed here, too", () => {
    assert.strictEqual(useFastest(), "aws-crt")
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 73) & 0xff))
    for (const length of [64, 65, 1023, 4096, 65_537, 100_000]) {
      assert.strictEqual(crc32c(bytes, 0, length), native(bytes.subarray(0, length)))
    }
    assert.strictEqual(crc32c(Buffer.alloc(128, 0xff)), native(Buffer.alloc(128, 0xff)))
  })
})
