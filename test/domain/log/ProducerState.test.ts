// Idempotence: a batch sent again is stored once and answered alike; one out of order is refused.
// Stories first, then the rules against a model that remembers everything.
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { ErrorCode } from "../../../src/domain/ErrorCode.ts"
import { BATCHES_MAX, ProducerState } from "../../../src/domain/log/ProducerState.ts"
import * as RecordBatch from "../../../src/domain/record/RecordBatch.ts"
import { RecordBatchBuilder } from "../../../src/domain/record/RecordBatchBuilder.ts"
import { endMarker } from "../record/ControlBatch.ts"

const ID = 4_000_000_007

/** Stores `count` batches of ten records, from sequence 0 and offset 100 on. */
const withBatches = (count: number, epoch = 0): ProducerState => {
  const state = new ProducerState()
  for (let i = 0; i < count; i++) append(state, i * 10, epoch, 100 + i * 10)
  return state
}
const append = (
  state: ProducerState,
  baseSequence: number,
  epoch = 0,
  baseOffset = 0,
  isTransactional = false
) => {
  const batch = {
    baseSequence,
    lastSequence: (baseSequence + 9) % 2 ** 31,
    baseOffset,
    lastOffset: baseOffset + 9,
    timestamp: 5_000
  }
  return state.append(ID, epoch, batch, isTransactional)
}
const verdictOf = (state: ProducerState, epoch: number, base: number, last: number) => {
  const verdict = state.check(ID, epoch, base, last)
  switch (verdict._tag) {
    case "Append":
      return "append"
    case "Duplicate":
      return verdict.original.baseOffset
    case "Refused":
      return verdict.errorCode
  }
}
const check = (state: ProducerState, baseSequence: number, epoch = 0) =>
  verdictOf(state, epoch, baseSequence, (baseSequence + 9) % 2 ** 31)

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

  it("takes a batch for a repeated one only when it is as long", () => {
    const state = withBatches(1)
    assert.strictEqual(verdictOf(state, 0, 0, 9), 100)
    assert.strictEqual(verdictOf(state, 0, 0, 8), ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER)
    assert.strictEqual(verdictOf(state, 0, 5, 9), ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER)
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

  it("has nothing to say of batches without a producer, or of producers without an epoch", () => {
    assert.strictEqual(new ProducerState().check(-1, -1, -1, -1)._tag, "Append")
    const state = withBatches(1, -1)
    assert.strictEqual(check(state, 70, -1), "append")
    assert.strictEqual(check(state, 70, 0), "append")
  })

  it("never takes a producer's word for another's", () => {
    const state = withBatches(2)
    assert.strictEqual(state.check(ID + 1, 0, 0, 9)._tag, "Append")
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

describe("a transaction", () => {
  const end = (state: ProducerState, epoch: number) =>
    state.endTransaction(ID, { epoch, coordinatorEpoch: 3, timestamp: 9_000 })

  it("is open from its first batch until its end", () => {
    const state = new ProducerState()
    append(state, 0, 0, 50)
    assert.isUndefined(state.firstUnstableOffset)
    append(state, 10, 0, 60, true)
    append(state, 20, 0, 70, true)
    state.append(ID + 1, 0, { ...state.entry(ID)!.batches[0]!, baseOffset: 65 }, true)
    assert.strictEqual(state.firstUnstableOffset, 60)
    const undo = end(state, 0)
    assert.strictEqual(state.firstUnstableOffset, 65)
    undo()
    assert.strictEqual(state.firstUnstableOffset, 60)
  })

  it("ends without the producer's having to begin anew, unless its epoch was raised", () => {
    const state = withBatches(2)
    end(state, 0)
    assert.strictEqual(check(state, 20), "append")
    assert.strictEqual(check(state, 10), 110)
    end(state, 1)
    assert.strictEqual(check(state, 20), ErrorCode.INVALID_PRODUCER_EPOCH)
    assert.strictEqual(check(state, 20, 1), ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER)
    assert.strictEqual(check(state, 0, 1), "append")
    assert.strictEqual(state.entry(ID)?.coordinatorEpoch, 3)
  })
})

describe("appendBatch", () => {
  const lying = (isTransactional: boolean): Buffer => {
    const builder = new RecordBatchBuilder({ bytesMax: 1_000 })
    for (let i = 0; i < 3; i++) builder.append(7_000 + i, null, Buffer.from("x"))
    const options = { producerId: ID, producerEpoch: 4, baseSequence: 11, isTransactional }
    const batch = Buffer.from(builder.seal(options))
    RecordBatch.setBaseOffset(batch, 0, 500)
    return batch
  }

  it("notes what a log holds as it was noted when it was written", () => {
    const state = new ProducerState()
    state.appendBatch(lying(false), 0)
    assert.deepStrictEqual(state.entry(ID), {
      epoch: 4,
      batches: [
        { baseSequence: 11, lastSequence: 13, baseOffset: 500, lastOffset: 502, timestamp: 7_002 }
      ],
      lastTimestamp: 7_002,
      coordinatorEpoch: -1,
      transactionStart: undefined
    })
  })

  it("follows transactions to their end", () => {
    const state = new ProducerState()
    state.appendBatch(lying(true), 0)
    assert.strictEqual(state.firstUnstableOffset, 500)
    const fields = { producerId: ID, producerEpoch: 5, offset: 503, timestamp: 8_000 }
    state.appendBatch(endMarker({ ...fields, type: 1, coordinatorEpoch: 12 }), 0)
    assert.isUndefined(state.firstUnstableOffset)
    assert.deepStrictEqual(state.entry(ID), {
      epoch: 5,
      batches: [],
      lastTimestamp: 8_000,
      coordinatorEpoch: 12,
      transactionStart: undefined
    })
  })
})

describe("expire", () => {
  it("forgets producers that were silent for so long", () => {
    const state = withBatches(1)
    state.expire(5_999, 1_000)
    assert.strictEqual(state.size, 1)
    state.expire(6_000, 1_000)
    assert.strictEqual(state.size, 0)
  })

  it("forgets those of whom only the end of a transaction is known", () => {
    const state = new ProducerState()
    state.endTransaction(ID, { epoch: 0, coordinatorEpoch: 0, timestamp: 5_000 })
    state.expire(6_000, 1_000)
    assert.strictEqual(state.size, 0)
  })

  it("waits for the end of a transaction", () => {
    const state = new ProducerState()
    append(state, 0, 0, 0, true)
    state.expire(1_000_000, 1_000)
    assert.strictEqual(state.size, 1)
  })
})

/** What a model without limits says: the whole history of one producer, searched from its end. */
class Model {
  private history: Array<{ epoch: number; base: number; last: number; offset: number }> = []

  verdict(epoch: number, base: number, last: number): string | number {
    const latest = this.history.at(-1)
    if (latest === undefined) return "append"
    if (epoch < latest.epoch) return ErrorCode.INVALID_PRODUCER_EPOCH
    const ofEpoch = this.history.filter((batch) => batch.epoch === epoch)
    const original = ofEpoch.slice(-5).find((batch) => batch.base === base && batch.last === last)
    if (original !== undefined) return original.offset
    const expected = ofEpoch.length === 0 ? 0 : (latest.last + 1) % 2 ** 31
    return base === expected ? "append" : ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER
  }

  append(epoch: number, base: number, last: number, offset: number): void {
    this.history.push({ epoch, base, last, offset })
  }

  /** A restart from a snapshot knows of one batch only. */
  restart(): void {
    this.history = this.history.slice(-1)
  }

  get epoch(): number {
    return this.history.at(-1)?.epoch ?? 0
  }

  /** What was sent `back` batches before the end; 0 batches back is what comes next. */
  batch(back: number, count: number): { readonly base: number; readonly count: number } {
    const found = back === 0 ? undefined : this.history.at(-back)
    if (found !== undefined) return { base: found.base, count: span(found.base, found.last) }
    const latest = this.history.at(-1)
    return { base: latest === undefined ? 2 ** 31 - 7 : (latest.last + 1) % 2 ** 31, count }
  }
}
const span = (base: number, last: number): number => (last - base + 2 ** 31) % 2 ** 31 + 1

/** Mostly what comes next; now and then a batch again, a gap, a new or old epoch, a restart. */
const Step = Schema.Struct({
  bump: Schema.Literals([0, 0, 0, 0, 0, 0, 0, 0, 1, -1]),
  back: Schema.Literals([0, 0, 0, 0, 0, 0, 1, 2, 5, 6]),
  gap: Schema.Literals([0, 0, 0, 0, 0, 0, 0, 1, 3]),
  count: Schema.Literals([1, 2, 3]),
  fails: Schema.Literals([false, false, false, false, true]),
  restarts: Schema.Literals([false, false, false, false, false, false, false, false, false, true])
})

describe("any history", () => {
  it.prop(
    "is judged as by a model that remembers everything",
    { steps: Schema.Array(Step).check(Schema.isMinLength(20), Schema.isMaxLength(60)) },
    ({ steps }) => {
      let state = new ProducerState()
      const model = new Model()
      let offset = 0
      for (const { back, bump, count, fails, gap, restarts } of steps) {
        if (restarts) {
          state = ProducerState.restore(state.snapshot())!
          model.restart()
        }
        const epoch = Math.max(0, model.epoch + bump)
        const sent = model.batch(back, count)
        const base = bump === 1 ? gap : (sent.base + gap) % 2 ** 31
        const last = (base + sent.count - 1) % 2 ** 31
        const expected = model.verdict(epoch, base, last)
        assert.strictEqual(verdictOf(state, epoch, base, last), expected)
        if (expected !== "append") continue
        const undo = state.append(ID, epoch, {
          baseSequence: base,
          lastSequence: last,
          baseOffset: offset,
          lastOffset: offset + sent.count - 1,
          timestamp: 0
        })
        if (fails) undo()
        else {
          model.append(epoch, base, last, offset)
          offset += sent.count
        }
      }
    },
    { arbitrary: { runs: 300 } }
  )
})
