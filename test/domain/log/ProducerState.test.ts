// Idempotence: a batch sent again is stored once and answered alike; one out of order is refused.
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { ErrorCode } from "../../../src/domain/ErrorCode.ts"
import { BATCHES_MAX, ProducerState } from "../../../src/domain/log/ProducerState.ts"

const ID = 4_000_000_007

/** Stores `count` batches of ten records, from sequence 0 and offset 100 on. */
const withBatches = (count: number, epoch = 0): ProducerState => {
  const state = new ProducerState()
  for (let i = 0; i < count; i++) append(state, i * 10, epoch, 100 + i * 10)
  return state
}
const append = (state: ProducerState, baseSequence: number, epoch = 0, baseOffset = 0) =>
  state.append(ID, epoch, {
    baseSequence,
    lastSequence: (baseSequence + 9) % 2 ** 31,
    baseOffset,
    lastOffset: baseOffset + 9,
    timestamp: 5_000
  })
const check = (state: ProducerState, baseSequence: number, epoch = 0) => {
  const verdict = state.check(ID, epoch, baseSequence, (baseSequence + 9) % 2 ** 31)
  switch (verdict._tag) {
    case "Append":
      return "append"
    case "Duplicate":
      return verdict.original.baseOffset
    case "Refused":
      return verdict.errorCode
  }
}

describe("check", () => {
  it("lets a producer go on where it stopped", () => {
    const state = withBatches(3)
    assert.strictEqual(check(state, 30), "append")
    assert.strictEqual(check(state, 40), ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER)
    assert.strictEqual(check(state, 31), ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER)
  })

  it("lets an unknown producer begin anywhere", () => {
    assert.strictEqual(check(new ProducerState(), 0), "append")
    assert.strictEqual(check(new ProducerState(), 123), "append")
  })

  it("knows each of the last five batches again, with its offset", () => {
    const state = withBatches(7)
    for (let i = 2; i < 7; i++) assert.strictEqual(check(state, i * 10), 100 + i * 10)
    assert.strictEqual(check(state, 10), ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER)
    assert.strictEqual(state.entry(ID)?.batches.length, BATCHES_MAX)
  })

  it("goes on after the largest sequence with 0", () => {
    const state = new ProducerState()
    append(state, 2 ** 31 - 10)
    assert.strictEqual(check(state, 0), "append")
    const wrapped = new ProducerState()
    append(wrapped, 2 ** 31 - 5)
    assert.strictEqual(check(wrapped, 5), "append")
  })

  it("begins a new epoch at 0 and refuses the old one", () => {
    const state = withBatches(3, 1)
    assert.strictEqual(check(state, 0, 2), "append")
    assert.strictEqual(check(state, 30, 2), ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER)
    assert.strictEqual(check(state, 30, 0), ErrorCode.INVALID_PRODUCER_EPOCH)
    append(state, 0, 2, 130)
    assert.strictEqual(check(state, 20, 1), ErrorCode.INVALID_PRODUCER_EPOCH)
    assert.strictEqual(check(state, 0, 2), 130)
  })

  it("has nothing to say of batches without a producer", () => {
    assert.strictEqual(new ProducerState().check(-1, -1, -1, -1)._tag, "Append")
  })
})

describe("append", () => {
  it("can be undone, whatever was there before", () => {
    const state = withBatches(6)
    const before = state.entry(ID)
    append(state, 60, 0, 160)()
    assert.strictEqual(state.entry(ID), before)
    const fresh = new ProducerState()
    append(fresh, 0)()
    assert.strictEqual(fresh.size, 0)
  })
})

describe("expire", () => {
  it("forgets producers that were silent for longer", () => {
    const state = withBatches(1)
    state.expire(6_000, 1_000)
    assert.strictEqual(state.size, 1)
    state.expire(6_001, 1_000)
    assert.strictEqual(state.size, 0)
  })
})

describe("snapshot", () => {
  const Producers = Schema.Array(Schema.Struct({
    id: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 40 })),
    epoch: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 32_767 })),
    baseSequence: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 31 - 1 })),
    count: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1000 })),
    baseOffset: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 45 }))
  }))

  it.prop("keeps the last batch of every producer", { producers: Producers }, ({ producers }) => {
    const state = new ProducerState()
    for (const { baseOffset, baseSequence, count, epoch, id } of producers) {
      state.append(id, epoch, {
        baseSequence,
        lastSequence: (baseSequence + count - 1) % 2 ** 31,
        baseOffset,
        lastOffset: baseOffset + count - 1,
        timestamp: 77
      })
    }
    const restored = ProducerState.restore(state.snapshot())
    return restored?.size === state.size && producers.every(({ id }) => {
      const entry = restored.entry(id)
      const original = state.entry(id)
      return entry?.epoch === original?.epoch &&
        JSON.stringify(entry?.batches) === JSON.stringify(original?.batches.slice(-1))
    })
  })

  it("is refused when a byte is wrong or missing", () => {
    const bytes = withBatches(2).snapshot()
    for (let at = 0; at < bytes.length; at++) {
      const damaged = Buffer.from(bytes)
      damaged[at]! ^= 0x10
      assert.isUndefined(ProducerState.restore(damaged), `byte ${at}`)
      assert.isUndefined(ProducerState.restore(bytes.subarray(0, at)), `cut at ${at}`)
    }
  })
})
