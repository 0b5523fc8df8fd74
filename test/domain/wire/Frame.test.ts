// The splitter gives the same frames however the stream is cut, keeps no caller's memory, and
// refuses a size before it holds anything for it.
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import { FrameSplitter } from "../../../src/domain/wire/Frame.ts"

const frame = (size: number, seed: number): Buffer => {
  const bytes = Buffer.alloc(size)
  for (let index = 0; index < size; index++) bytes[index] = (index * 31 + seed) & 0xff
  return bytes
}

const stream = (frames: ReadonlyArray<Buffer>): Buffer =>
  Buffer.concat(frames.flatMap((body) => {
    const size = Buffer.alloc(4)
    size.writeInt32BE(body.length)
    return [size, body]
  }))

/** Feeds one reused buffer, as a socket does, wiping it after each push. */
const split = (bytes: Buffer, cuts: Iterable<number>, frameBytesMax = 1 << 30): Array<Buffer> => {
  const splitter = new FrameSplitter(frameBytesMax)
  const frames: Array<Buffer> = []
  const reused = Buffer.alloc(bytes.length)
  let position = 0
  for (const length of [...cuts, bytes.length]) {
    const count = Math.min(length, bytes.length - position)
    bytes.copy(reused, 0, position, position + count)
    assert.isUndefined(splitter.push(reused.subarray(0, count), frames))
    reused.fill(0xee, 0, count)
    position += count
  }
  assert.isTrue(splitter.atBoundary)
  return frames
}

const same = (actual: ReadonlyArray<Buffer>, expected: ReadonlyArray<Buffer>): void => {
  assert.deepStrictEqual(actual.map((body) => body.length), expected.map((body) => body.length))
  assert.isTrue(actual.every((body, index) => body.equals(expected[index]!)))
}

describe("FrameSplitter", () => {
  const sample = [frame(5, 1), frame(0, 2), frame(300, 3), frame(1, 4), frame(9000, 5), frame(7, 6)]

  it("says that a large frame is likely to begin once the last was large, and only then", () => {
    const splitter = new FrameSplitter(1 << 30)
    const large = stream([frame(300_000, 1)])
    const frames: Array<Buffer> = []
    const push = (bytes: Buffer) => {
      splitter.push(bytes, frames)
      return splitter.isLargeNext
    }
    assert.isFalse(push(stream([frame(50_000, 2)])))
    assert.isFalse(push(large.subarray(0, 1000)), "it has begun")
    assert.isTrue(push(large.subarray(1000)))
    assert.isFalse(push(large.subarray(0, 50_000)))
    assert.isTrue(push(large.subarray(50_000)))
    assert.isFalse(push(stream([frame(10, 3)])))
    assert.isTrue(push(large), "it came whole")
    assert.isFalse(push(stream([frame(50_000, 4)])))
    assert.strictEqual(frames.length, 6)
  })

  it("gives the same frames byte by byte and at once", () => {
    const bytes = stream(sample)
    same(split(bytes, []), sample)
    same(split(bytes, bytes.map(() => 1)), sample)
  })

  it("gives the same frames cut in two at every byte", () => {
    const frames = [frame(5, 1), frame(0, 2), frame(60, 3), frame(1, 4)]
    const bytes = stream(frames)
    for (let cut = 0; cut <= bytes.length; cut++) same(split(bytes, [cut]), frames)
  })

  const sizes = Arbitrary.schema(Schema.Array(Schema.Int.check(
    Schema.isBetween({ minimum: 0, maximum: 20_000 })
  )))
  const cuts = Arbitrary.schema(Schema.Array(Schema.Int.check(
    Schema.isBetween({ minimum: 0, maximum: 9_000 })
  )))
  it.prop("gives the same frames for any splitting", { sizes, cuts }, ({ sizes, cuts }) => {
    const frames = sizes.map(frame)
    same(split(stream(frames), cuts), frames)
  }, { arbitrary: { runs: 100 } })

  it("assembles a frame larger than what is allocated at once", () => {
    const frames = [frame(5 * 1024 * 1024 + 3, 1), frame(3, 2)]
    const chunks = Array.from({ length: 100 }, () => 65_536)
    const result = split(stream(frames), chunks)
    same(result, frames)
    assert.strictEqual(result[0]!.buffer.byteLength, frames[0]!.length)
  })

  it("takes the rest of a large frame where it belongs, and small pieces as chunks", () => {
    const frames = [
      frame(300_000, 1),
      frame(10, 2),
      frame(5 * 1024 * 1024 + 3, 3),
      frame(70_000, 4)
    ]
    const bytes = stream(frames)
    for (const step of [1000, 40_000, 200_000, 3_000_000]) {
      const splitter = new FrameSplitter(1 << 30)
      const result: Array<Buffer> = []
      let position = 0
      let roomBytes = 0
      while (position < bytes.length) {
        const room = splitter.room()
        const count = Math.min(step, bytes.length - position, room?.length ?? 131_072)
        if (room === undefined) splitter.push(bytes.subarray(position, position + count), result)
        else {
          bytes.copy(room, 0, position, position + count)
          splitter.filled(count, result)
          roomBytes += count
        }
        position += count
      }
      same(result, frames)
      assert.isAbove(roomBytes, 3_000_000)
    }
  })

  it("holds memory for what arrived, not for what was announced", () => {
    const before = process.memoryUsage().arrayBuffers
    const splitters = Array.from({ length: 40 }, () => {
      const splitter = new FrameSplitter(104_857_600)
      splitter.push(Buffer.from([6, 0x40, 0, 0, 1]), [])
      return splitter
    })
    assert.isBelow(process.memoryUsage().arrayBuffers - before, 60 * 1024 * 1024)
    assert.isFalse(splitters.some((splitter) => splitter.atBoundary))
  })

  const malformed: ReadonlyArray<readonly [string, Buffer, number]> = [
    ["a negative size", Buffer.from([0xff, 0xff, 0xff, 0xff]), -1],
    ["a size over the limit", Buffer.from([0, 0, 0, 101]), 101],
    ["a small size over the limit, its frame whole", stream([frame(101, 9), frame(1, 1)]), 101],
    ["an HTTP request", Buffer.from("GET / HTTP/1.1\r\n"), 1_195_725_856]
  ]
  for (const [name, bytes, size] of malformed) {
    it(`refuses ${name}, after the frames before it, and reads no more`, () => {
      const whole = Buffer.concat([stream([frame(100, 1), frame(3, 2)]), bytes])
      for (const step of [1, 3, whole.length]) {
        const splitter = new FrameSplitter(100)
        const frames: Array<Buffer> = []
        for (let position = 0; position < whole.length; position += step) {
          splitter.push(whole.subarray(position, position + step), frames)
        }
        const refused = splitter.push(stream([frame(1, 1)]), frames)
        same(frames, [frame(100, 1), frame(3, 2)])
        assert.strictEqual(refused?._tag, "MalformedFrame")
        assert.include(
          refused!.message,
          `a frame of ${size} bytes was announced, at most 100 are allowed`
        )
      }
    })
  }
})
