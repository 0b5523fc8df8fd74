// Members come, go, fall silent and take their time to give up partitions, at random: never do two of them
// own a partition at a time, and once nothing happens any more every partition has its owner.
import { assert, describe, it } from "@effect/vitest"
import * as ConsumerGroup from "../../../../src/domain/group/consumer/ConsumerGroup.ts"
import * as ConsumerRecords from "../../../../src/domain/group/consumer/ConsumerRecords.ts"
import { type ConsumerEvent, step } from "../../../../src/domain/group/consumer/ConsumerStep.ts"
import * as GroupRecord from "../../../../src/domain/group/GroupRecord.ts"
import * as TopicPartitions from "../../../../src/domain/TopicPartitions.ts"
import { random } from "../../../torture/Random.ts"
import { Topics } from "./ConsumerTranscript.ts"

/** What a client believes. */
interface Client {
  epoch: number
  /** Owned as far as others must fear: told to it, and not given up. */
  owned: TopicPartitions.TopicPartitions
  assigned: TopicPartitions.TopicPartitions
  readonly topics: ReadonlyArray<string>
}

class Run {
  group = ConsumerGroup.empty("g")
  readonly topics = new Topics()
  readonly clients = new Map<string, Client>()
  private readonly below: (limit: number) => number
  private next = 1

  constructor(seed: number) {
    const draw = random(seed)
    this.below = (limit) => Math.floor(draw() * limit)
    this.topics.set("orders", 6)
    this.topics.set("bills", 5)
  }

  private submit(event: ConsumerEvent) {
    const before = this.group
    const { actions, group } = step(before, event, this.topics.world())
    this.group = replayed(before, group)
    for (const action of actions) if (action._tag === "Answer") return action.answer
    return undefined
  }

  private heartbeat(memberId: string, client: Client, memberEpoch: number): void {
    const answer = this.submit({
      _tag: "Heartbeat",
      requestId: 1,
      memberId,
      memberEpoch,
      instanceId: null,
      clientId: "c",
      clientHost: "/h",
      rackId: null,
      rebalanceTimeoutMs: 1000,
      subscribedTopicNames: client.topics,
      subscribedTopicRegex: null,
      serverAssignor: null,
      owned: memberEpoch === 0 ? TopicPartitions.NONE : client.owned
    })!
    if (answer.errorCode !== 0) {
      this.clients.delete(memberId)
      return
    }
    client.epoch = answer.memberEpoch
    if (answer.assignment === null) return
    client.assigned = answer.assignment
    // What is new is begun at once; what has to go is given up later.
    client.owned = TopicPartitions.union(client.owned, answer.assignment)
  }

  event(): void {
    const ids = [...this.clients.keys()]
    const memberId = ids[this.below(ids.length)]
    const client = memberId === undefined ? undefined : this.clients.get(memberId)
    const choice = this.below(20)
    if (client === undefined || memberId === undefined || (choice === 0 && ids.length < 8)) {
      const newcomer = this.newcomer()
      const id = `m${this.next++}`
      this.clients.set(id, newcomer)
      this.heartbeat(id, newcomer, 0)
    } else if (choice === 1) {
      this.clients.delete(memberId)
      this.submit({ _tag: "SessionExpired", memberId })
    } else if (choice === 2) {
      this.clients.delete(memberId)
      this.heartbeat(memberId, client, -1)
      this.clients.delete(memberId)
    } else if (choice === 3 && this.below(10) === 0) {
      this.topics.set("orders", 6 + this.below(6))
    } else if (choice < 8) {
      client.owned = client.assigned
    } else {
      this.heartbeat(memberId, client, client.epoch)
    }
  }

  private newcomer(): Client {
    const topics = [["orders"], ["bills"], ["orders", "bills"]][this.below(3)]!
    const { NONE } = TopicPartitions
    return { epoch: 0, owned: NONE, assigned: NONE, topics }
  }

  calm(): void {
    for (let round = 0; round < 12; round++) {
      for (const [memberId, client] of this.clients) {
        client.owned = client.assigned
        this.heartbeat(memberId, client, client.epoch)
      }
    }
  }

  assertOneOwnerEach(): void {
    const owners = new Map<string, string>()
    for (const [memberId, { owned }] of this.clients) {
      for (const place of TopicPartitions.each(owned)) {
        const other = owners.get(place.join("/"))
        assert.isUndefined(other, `${other} and ${memberId} own ${place.join("/")}`)
        owners.set(place.join("/"), memberId)
      }
    }
  }
}

/** The same group, made again from what was stored of it: so the records are tested along. */
const replayed = (
  before: ConsumerGroup.ConsumerGroup,
  after: ConsumerGroup.ConsumerGroup
): ConsumerGroup.ConsumerGroup => {
  let group = before
  for (const { key, value } of ConsumerRecords.between(before, after)) {
    const record = GroupRecord.decode(key, value)
    assert.strictEqual(record._tag, "Consumer")
    if (record._tag === "Consumer") group = record.applyTo(group) ?? ConsumerGroup.empty("g")
  }
  const { topics, topicsVersion } = after
  group = { ...group, topics, topicsVersion }
  assert.deepStrictEqual(plain(group), plain(after))
  return group
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : 1

/** Without the order of its parts. */
const plain = (group: ConsumerGroup.ConsumerGroup) => ({
  ...group,
  members: [...group.members.values()].map((member) => ({
    ...member,
    assigned: TopicPartitions.toList(member.assigned),
    revoking: TopicPartitions.toList(member.revoking)
  })).sort((a, b) => a.memberId < b.memberId ? -1 : 1),
  staticMembers: [...group.staticMembers].sort(byName),
  target: [...group.target].map(([id, all]) => [id, TopicPartitions.toList(all)] as const).sort(
    byName
  ),
  topics: [...group.topics].sort(byName)
})

describe("a group of the consumer protocol, at random", () => {
  for (let seed = 1; seed <= 20; seed++) {
    it(`never gives a partition to two, and comes to rest (seed ${seed})`, () => {
      const run = new Run(seed)
      for (let i = 0; i < 500; i++) {
        run.event()
        run.assertOneOwnerEach()
      }
      run.calm()
      run.assertOneOwnerEach()
      assert.strictEqual(
        ConsumerGroup.stateOf(run.group),
        run.clients.size === 0 ? "Empty" : "Stable"
      )
      const wanted = new Set([...run.clients.values()].flatMap(({ topics }) => topics))
      const partitions = [...wanted].map((name) => run.topics.world().topic(name)!.partitions)
      const owned = [...run.clients.values()].map(({ owned }) => TopicPartitions.count(owned))
      assert.strictEqual(sum(owned), sum(partitions))
    })
  }
})

const sum = (numbers: ReadonlyArray<number>): number => numbers.reduce((a, b) => a + b, 0)
