// No producer id is given twice: not by two requests at once, not after a kill or a crash, not when
// the disk refuses to take note of them.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { ErrorCode } from "../../../src/domain/ErrorCode.ts"
import { BrokerConfig } from "../../../src/layers/config/BrokerConfig.ts"
import { ProducerIds } from "../../../src/layers/coordinator/ProducerIds.ts"
import { MemoryDisk } from "../../../src/layers/disk/MemoryDisk.ts"

const FILE = "/data/producer-ids"

const newDisk = (): MemoryDisk => {
  const disk = new MemoryDisk()
  disk.names.makeDirectory("/data")
  return disk
}

/** What one life of a broker does with its ids. */
const living = <A, E>(
  disk: MemoryDisk,
  life: (ids: ProducerIds["Service"]) => Effect.Effect<A, E>
) =>
  ProducerIds.use(life).pipe(
    Effect.provide(
      ProducerIds.layer.pipe(
        Layer.provide([disk.layer, BrokerConfig.layerTest({ "log.dirs": "/data" })])
      )
    )
  )

const take = (ids: ProducerIds["Service"], count: number) =>
  Effect.forEach(Array.from({ length: count }), () => ids.next, { concurrency: "unbounded" })

describe("ids", () => {
  it.effect("are given from 0 on, one write a thousand", () =>
    Effect.gen(function*() {
      const disk = newDisk()
      const ids = yield* living(disk, (ids) => take(ids, 2_001))
      assert.deepStrictEqual(ids, Array.from({ length: 2_001 }, (_, i) => i))
      assert.strictEqual(disk.counts.write, 3)
    }))

  it.effect("are never given twice, however the broker stops", () =>
    Effect.gen(function*() {
      const disk = newDisk()
      const seen = new Set<number>()
      for (let life = 0; life < 12; life++) {
        const count = [1, 999, 1_000, 1_001][life % 4]!
        for (const id of yield* living(disk, (ids) => take(ids, count))) {
          assert.isFalse(seen.has(id), `${id} was given before`)
          seen.add(id)
        }
        if (life % 2 === 0) disk.kill()
        else disk.crash()
      }
    }))

  it.effect("are durable before they are given", () =>
    Effect.gen(function*() {
      for (let nth = 1; nth <= 3; nth++) {
        const disk = newDisk()
        disk.killAt("write", nth)
        const given: Array<number> = []
        yield* living(disk, (ids) =>
          Effect.ignore(Effect.forEach(
            Array.from({ length: 2_500 }),
            () => Effect.map(ids.next, (id) => given.push(id))
          )))
        assert.strictEqual(given.length, (nth - 1) * 1_000)
        disk.crash()
        const [next] = yield* living(disk, (ids) => take(ids, 1))
        assert.strictEqual(next, given.length)
      }
    }))

  it.effect("are refused while the disk takes no note of them, and go on after it", () =>
    Effect.gen(function*() {
      const disk = newDisk()
      const codes = yield* living(disk, (ids) =>
        Effect.gen(function*() {
          yield* take(ids, 1_000)
          disk.fillUp()
          const first = yield* Effect.flip(ids.next)
          const second = yield* Effect.flip(ids.next)
          disk.fillUp(Infinity)
          return [first.errorCode, second.errorCode, yield* ids.next]
        }))
      const { COORDINATOR_NOT_AVAILABLE } = ErrorCode
      assert.deepStrictEqual(codes, [COORDINATOR_NOT_AVAILABLE, COORDINATOR_NOT_AVAILABLE, 1_000])
    }))

  it.effect("are not begun anew over a file that says no number", () =>
    Effect.gen(function*() {
      for (const text of ["", "none", "-5", "1e3", "12 13", "9999999999999999"]) {
        const disk = newDisk()
        disk.put(FILE, Buffer.from(text))
        const error = yield* Effect.flip(living(disk, (ids) => ids.next))
        assert.match((error as Error).message, /\/data\/producer-ids: .*no number/)
        assert.strictEqual(disk.bytesOf(FILE).toString(), text)
      }
    }))
})
