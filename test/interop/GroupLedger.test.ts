// The ledger is the judge of all group tests, so it is shown each kind of wrong here, and what is right
// though it looks odd: repeats after a crash, and a zombie's last words.
import { assert, describe, it } from "@effect/vitest"
import { GroupLedger, type LedgerEntry } from "./GroupLedger.ts"

type Said = LedgerEntry extends infer E ? E extends LedgerEntry ? Omit<E, "t" | "member"> : never
  : never

const assigned = (...partitions: ReadonlyArray<number>): Said => ({ event: "assigned", partitions })
const revoked = (...partitions: ReadonlyArray<number>): Said => ({ event: "revoked", partitions })
const record = (partition: number, offset: number, value = `${partition}:${offset}`): Said => ({
  event: "record",
  partition,
  offset,
  value
})
const committed = (partition: number, offset: number): Said => ({
  event: "committed",
  offsets: [[partition, offset]]
})
const killed: Said = { event: "killed" }
const stopped: Said = { event: "stopped" }

const judge = (ends: ReadonlyArray<number>, ...said: ReadonlyArray<readonly [string, Said]>) => {
  const ledger = new GroupLedger()
  said.forEach(([member, what], t) => ledger.add({ t, member, ...what }))
  return ledger.check(ends)
}

const problems = (ends: ReadonlyArray<number>, ...said: Parameters<typeof judge>[1][]) =>
  judge(ends, ...said).problems.map((text) => text.replace(/^\S+ ms, /, ""))

describe("the group ledger", () => {
  it("accepts a partition handed over at its commit", () => {
    const said = [
      ["a", assigned(0)],
      ["a", record(0, 0)],
      ["a", committed(0, 1)],
      ["a", revoked(0)],
      ["b", assigned(0)],
      ["b", record(0, 1)]
    ] as const
    assert.deepStrictEqual(problems([2], ...said), [])
  })

  it("accepts what a killed member had not committed once more", () => {
    const result = judge(
      [2],
      ["a", assigned(0)],
      ["a", record(0, 0)],
      ["a", record(0, 1)],
      ["a", killed],
      ["b", assigned(0)],
      ["b", record(0, 0)],
      ["b", record(0, 1)]
    )
    assert.deepStrictEqual([result.problems, result.repeated], [[], 2])
  })

  it("refuses two owners", () => {
    assert.deepStrictEqual(problems([0], ["a", assigned(0)], ["b", assigned(0)]), [
      "b: partition 0 is given to b while a has it"
    ])
  })

  it("refuses a record that its owner did not process", () => {
    const said = [["a", assigned(0)], ["b", record(0, 0)]] as const
    assert.deepStrictEqual(problems([1], ...said), [
      "b: partition 0 0 is processed by b, not a"
    ])
  })

  it("refuses a skip at the beginning and in between, and what was never processed", () => {
    assert.deepStrictEqual(problems([2], ["a", assigned(0)], ["a", record(0, 1)]), [
      "a: partition 0 0 to 1 is skipped"
    ])
    const between = [["a", assigned(0)], ["a", record(0, 0)], ["a", record(0, 2)]] as const
    assert.include(problems([3], ...between), "a: partition 0 goes from 0 to 2")
    assert.deepStrictEqual(problems([1], ["a", assigned(0)]), [
      "partition 0: 1 were produced, 0 processed"
    ])
  })

  it("refuses a beginning before the last commit, and a commit that goes back", () => {
    const said = [["a", assigned(0)], ["a", record(0, 0)], ["a", committed(0, 1)]] as const
    const begun = [["a", revoked(0)], ["b", assigned(0)], ["b", record(0, 0)]] as const
    assert.deepStrictEqual(problems([1], ...said, ...begun), [
      "b: partition 0 is begun at 0, 1 was committed"
    ])
    assert.deepStrictEqual(problems([1], ...said, ["a", committed(0, 0)]), [
      "a: partition 0 is committed at 0 after 1"
    ])
  })

  it("lets a zombie repeat what was taken over, but not commit it", () => {
    const said = [
      ["a", assigned(0)],
      ["a", stopped],
      ["b", assigned(0)],
      ["b", record(0, 0)],
      ["a", record(0, 0)]
    ] as const
    assert.deepStrictEqual(problems([1], ...said), [])
    assert.deepStrictEqual(problems([1], ...said, ["a", committed(0, 1)]), [
      "a: partition 0 takes a commit of a, which does not own it"
    ])
    const late = [["a", { event: "lost", partitions: [0] }], ["a", record(0, 0)]] as const
    assert.deepStrictEqual(problems([1], ...said, ...late).length, 2)
  })

  it("refuses a value that belongs elsewhere", () => {
    assert.deepStrictEqual(problems([1], ["a", assigned(0)], ["a", record(0, 0, "0:7")]), [
      "a: partition 0 holds \"0:7\" at 0"
    ])
  })
})
