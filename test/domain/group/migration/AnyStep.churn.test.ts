// Members of both protocols come, go, fall silent and take their time, and the broker dies in between, at
// random: the group changes its kind many times, and never do two members own a partition. Once nothing
// happens any more, every partition has its owner.
import { assert, describe, it } from "@effect/vitest"
import * as ConsumerGroup from "../../../../src/domain/group/consumer/ConsumerGroup.ts"
import * as ConsumerStep from "../../../../src/domain/group/consumer/ConsumerStep.ts"
import * as GroupRecord from "../../../../src/domain/group/GroupRecord.ts"
import * as AnyGroup from "../../../../src/domain/group/migration/AnyGroup.ts"
import { step } from "../../../../src/domain/group/migration/AnyStep.ts"
import * as Step from "../../../../src/domain/group/Step.ts"
import * as TopicPartitions from "../../../../src/domain/TopicPartitions.ts"
import { random } from "../../../torture/Random.ts"
import { Topics } from "../consumer/ConsumerTranscript.ts"
import { type Kind, MixedClient } from "./MixedClient.ts"

const PARTITIONS = 6

class Run {
  group = AnyGroup.empty("g", 0)
  /** What would be read back. */
  private stored = AnyGroup.empty("g", 0)
  readonly clients = new Set<MixedClient>()
  readonly topics = new Topics()
  readonly changes = { upgrades: 0, downgrades: 0 }
  private readonly waiting = new Map<number, MixedClient>()
  private readonly kinds: ReadonlyArray<Kind>
  private readonly below: (limit: number) => number
  private nextRequest = 1
  private nextId = 1

  constructor(seed: number, classic: Kind) {
    const draw = random(seed)
    this.below = (limit) => Math.floor(draw() * limit)
    this.topics.set("orders", PARTITIONS)
    this.kinds = [classic, classic, "consumer"]
  }

  private submit(event: AnyGroup.AnyEvent): void {
    const before = this.group
    const { actions, records, value } = step(before, event, this.topics.any())
    this.group = value
    for (const { key, value: bytes } of records) this.store(GroupRecord.decode(key, bytes))
    if (
      before._tag !== value._tag && before.group.members.size > 0 && value.group.members.size > 0
    ) {
      this.changes[value._tag === "Consumer" ? "upgrades" : "downgrades"]++
    }
    for (const { action } of actions) {
      if (!("requestId" in action)) continue
      const client = this.waiting.get(action.requestId)
      this.waiting.delete(action.requestId)
      if (client === undefined || client.isGone) continue
      if (action._tag === "Answer") client.hearHeartbeat(action.answer)
      else if (action._tag === "AnswerJoin") client.hearJoin(action.answer)
      else if (action._tag === "AnswerSync") client.hearSync(action.answer)
      else if (action._tag === "AnswerCode") client.hearCode(action.errorCode)
    }
    this.forget()
  }

  /** As the coordinator reads the log at start. */
  private store(record: GroupRecord.GroupRecord): void {
    const { stored } = this
    if (record._tag === "Group") {
      if (record.group !== null) this.stored = AnyGroup.classic(record.group)
      else if (stored._tag === "Classic") this.stored = AnyGroup.empty("g", 0)
    } else if (record._tag === "Consumer") {
      const before = stored._tag === "Consumer" ? stored.group : ConsumerGroup.empty("g")
      const after = record.applyTo(before)
      this.stored = after === undefined ? AnyGroup.empty("g", 0) : AnyGroup.consumer(after)
    }
  }

  /** Whom the group does not know any more has no session: it has let go of everything. */
  private forget(): void {
    for (const client of this.clients) {
      const isKnown = client.memberId === "" || this.group.group.members.has(client.memberId)
      const isPending = this.group._tag === "Classic" &&
        this.group.group.pendingMembers.has(client.memberId)
      const isComing = TopicPartitions.count(client.owned) === 0 && !client.isIn
      if (!isKnown && !isPending && !isComing) client.lose()
      if (client.isGone) this.clients.delete(client)
    }
  }

  private crash(): void {
    const { consumer, limits } = this.topics.any()
    this.group = this.stored._tag === "Classic"
      ? AnyGroup.classic(Step.resume(this.stored.group, 0, limits).group)
      : this.stored
    if (this.group._tag === "Consumer") ConsumerStep.resume(this.group.group, consumer)
    this.waiting.clear()
    for (const client of this.clients) client.disconnect()
    this.forget()
  }

  private act(client: MixedClient): void {
    const requestId = this.nextRequest++
    const event = client.act(requestId)
    if (event === undefined) return
    this.waiting.set(requestId, client)
    this.submit(event)
  }

  private expire(memberId: string): void {
    const _tag = "SessionExpired"
    this.submit({ _tag: this.group._tag, event: { _tag, memberId } })
  }

  event(): void {
    const clients = [...this.clients]
    const client = clients[this.below(clients.length)]
    const choice = this.below(60)
    if (client === undefined || (choice === 0 && clients.length < 7)) {
      const isTaken = clients.some(({ instance }) => instance !== null)
      this.come(!isTaken && this.below(2) === 0 ? "i" : null)
    } else if (choice === 1) {
      this.clients.delete(client)
      this.expire(client.memberId)
    } else if (choice === 2 && !client.isWaiting) {
      this.submit(client.leave(this.nextRequest++))
    } else if (choice === 3) {
      this.crash()
    } else if (choice === 4) {
      this.timeOut(client.memberId)
    } else if (choice === 5 && client.instance !== null) {
      this.clients.delete(client)
      const stopping = client.stop(this.nextRequest++)
      if (stopping !== undefined) this.submit(stopping)
      this.come(client.instance)
    } else if (choice < 20) {
      client.settle()
    } else {
      this.act(client)
    }
  }

  private come(instance: string | null): void {
    const kind = this.kinds[this.below(this.kinds.length)]!
    this.clients.add(new MixedClient(kind, `m${this.nextId++}`, this.topics, instance))
  }

  private timeOut(memberId: string): void {
    if (this.group._tag === "Classic") {
      // A static member that is late stays in the group, and goes on with what others are given: so it is in
      // the classic protocol (KIP-345). Here it is in time.
      const isStatic = Array.from(this.clients).some(({ instance }) => instance !== null)
      const _tag = this.below(2) === 0 && !isStatic ? "JoinExpired" : "SyncExpired"
      return this.submit({ _tag: "Classic", event: { _tag } })
    }
    if (this.group.group.members.get(memberId)?.classic === null) return
    const _tag = this.below(2) === 0 ? "JoinExpired" : "SyncExpired"
    this.submit({ _tag: "Consumer", event: { _tag, memberId } })
  }

  calm(): void {
    for (let round = 0; round < 60; round++) {
      for (const client of Array.from(this.clients)) {
        client.settle()
        this.act(client)
        this.assertOneOwnerEach()
      }
      const alive = new Set([...this.clients].flatMap(({ ids }) => ids))
      for (const id of Array.from(this.group.group.members.keys())) {
        if (!alive.has(id)) this.expire(id)
      }
      if (this.group._tag === "Classic") {
        for (const id of this.group.group.pendingMembers) if (!alive.has(id)) this.expire(id)
      }
    }
  }

  assertOneOwnerEach(): void {
    const owners = new Map<string, string>()
    for (const { memberId, owned } of this.clients) {
      for (const place of TopicPartitions.each(owned)) {
        const other = owners.get(place.join("/"))
        assert.isUndefined(other, `${other} and ${memberId} own ${place.join("/")}`)
        owners.set(place.join("/"), memberId)
      }
    }
  }
}

describe("a group with members of both protocols, at random", () => {
  for (const classic of ["cooperative", "eager"] as const) {
    for (let seed = 1; seed <= 15; seed++) {
      it(`never gives a partition to two, and comes to rest (${classic}, seed ${seed})`, () => {
        const run = new Run(seed, classic)
        for (let i = 0; i < 2000; i++) {
          run.event()
          run.assertOneOwnerEach()
        }
        run.calm()
        const owned = [...run.clients].map((client) => TopicPartitions.count(client.owned))
        const all = owned.reduce((a, b) => a + b, 0)
        assert.strictEqual(all, run.clients.size === 0 ? 0 : PARTITIONS)
        assert.isAbove(run.changes.upgrades, 0)
        assert.isAbove(run.changes.downgrades, 0)
      })
    }
  }
})
