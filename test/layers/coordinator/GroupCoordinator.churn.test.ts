// Twenty consumers that come, go, crash, hang and come back, ten thousand times, on a simulated clock
// and disk. The seed is printed: CHURN_SEED=n plays it again.
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { random } from "../../torture/Random.ts"
import { ChurnMember, GROUP, Ledger, PARTITIONS, TOPIC } from "./ChurnMember.ts"
import { type Life, World } from "./CoordinatorWorld.ts"

const MEMBERS = 20
const EVENTS = 10_000

interface Slot {
  readonly instanceId: string | null
  member: ChurnMember | undefined
  fiber: Fiber.Fiber<void> | undefined
}

class Churn {
  readonly ledger = new Ledger()
  readonly told = new Map<string, number>()
  private readonly random: () => number
  private readonly life: Life
  private readonly slots: ReadonlyArray<Slot> = Array.from({ length: MEMBERS }, (_, i) => ({
    // Every fourth is a static member.
    instanceId: i % 4 === 0 ? `instance-${i}` : null,
    member: undefined,
    fiber: undefined
  }))

  constructor(random: () => number, life: Life) {
    this.random = random
    this.life = life
  }

  private below(limit: number): number {
    return Math.floor(this.random() * limit)
  }

  /** One thing happens, and some time goes by. */
  readonly event = Effect.gen({ self: this }, function*() {
    const slot = this.slots[this.below(MEMBERS)]!
    const name = yield* this.happen(slot)
    this.told.set(name, (this.told.get(name) ?? 0) + 1)
    yield* TestClock.adjust(this.below(1500))
  })

  private happen(slot: Slot) {
    return Effect.gen({ self: this }, function*() {
      if (slot.member === undefined) {
        yield* this.start(slot)
        return "start"
      }
      switch (this.below(slot.instanceId === null ? 3 : 4)) {
        case 0:
          yield* this.stop(slot)
          return "crash"
        case 1: {
          const { memberId } = slot.member
          yield* this.stop(slot)
          yield* this.life.coordinator.leave(GROUP, {
            members: [{ memberId, groupInstanceId: slot.instanceId }]
          })
          return "leave"
        }
        case 2:
          slot.member.pausedUntilMs = (yield* Effect.clockWith((clock) =>
            clock.currentTimeMillis
          )) + this.below(15_000)
          return "pause"
        default:
          yield* this.stop(slot)
          yield* this.start(slot)
          return "static restart"
      }
    })
  }

  private start(slot: Slot) {
    return Effect.gen({ self: this }, function*() {
      const name = slot.instanceId ?? "dynamic"
      const member = new ChurnMember(name, slot.instanceId, this.ledger, this.life)
      slot.member = member
      slot.fiber = yield* Effect.forkDetach(member.run)
    })
  }

  private stop(slot: Slot) {
    const { fiber } = slot
    slot.member = undefined
    slot.fiber = undefined
    return fiber === undefined ? Effect.void : Fiber.interrupt(fiber)
  }

  /** Everybody is there and nothing happens any more. */
  readonly calm = Effect.gen({ self: this }, function*() {
    for (const slot of this.slots) {
      yield* this.stop(slot)
      yield* this.start(slot)
    }
    yield* TestClock.adjust(60_000)
  })

  get members(): ReadonlyArray<ChurnMember> {
    return this.slots.flatMap(({ member }) => member === undefined ? [] : [member])
  }

  readonly end = Effect.gen({ self: this }, function*() {
    for (const slot of this.slots) yield* this.stop(slot)
  })
}

it.effect(
  "a group keeps its promises through any churn of its members",
  () =>
    Effect.gen(function*() {
      const seed = Number(process.env["CHURN_SEED"] ?? Math.floor(Math.random() * 1e9))
      const world = new World({ "group.min.session.timeout.ms": "1000" })
      const life = yield* world.start
      yield* life.topic(TOPIC, PARTITIONS)
      const churn = new Churn(random(seed), life)
      for (let i = 0; i < EVENTS; i++) yield* churn.event
      yield* churn.calm
      const { ledger } = churn
      const group = life.coordinator.group(GROUP)!.classic!
      const told = [...churn.told].map(([name, count]) => `${count} ${name}`).join(", ")
      process.stdout.write(
        `seed ${seed}: ${told}; ${group.generationId} generations, ` +
          `${ledger.assignments} assignments, ${ledger.commits} commits\n`
      )
      assert.deepStrictEqual(ledger.problems, [])
      // In the end every partition has its one owner, and nobody lives in another generation.
      assert.strictEqual(group.state, "Stable")
      assert.strictEqual(ledger.ownersIn(group.generationId).size, PARTITIONS)
      for (const member of churn.members) assert.strictEqual(member.generation, group.generationId)
      assert.isAbove(group.generationId, EVENTS / 100)
      assert.isAbove(ledger.commits, EVENTS)
      yield* churn.end
    }),
  120_000
)
