// 1,000 consumer groups of two members on one broker, each member over a connection of its own: what they
// cost to form, what they hold, and what their heartbeats (every 3 s) and commits (every 5 s) take. Then
// 100,000 committed offsets, and a restart: the CPU and time until the last of them can be fetched.
import * as fs from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import { CreateTopics } from "../../../src/domain/protocol/CreateTopics.ts"
import { FindCoordinator } from "../../../src/domain/protocol/FindCoordinator.ts"
import { OffsetCommit } from "../../../src/domain/protocol/OffsetCommit.ts"
import { OffsetFetch } from "../../../src/domain/protocol/OffsetFetch.ts"
import * as Api from "../../../src/domain/wire/Api.ts"
import { Reader } from "../../../src/domain/wire/Reader.ts"
import * as Bench from "../../Bench.ts"
import { GroupMember } from "../../versus/GroupMember.ts"
import * as KafkaFrames from "../../versus/KafkaFrames.ts"
import * as Programs from "../../versus/Programs.ts"
import { RawClient } from "../../versus/RawClient.ts"

const GROUPS = Bench.parameter("GROUPS", 10, 1000)
const SECONDS = Bench.parameter("SECONDS", 1, 30)
const OFFSETS = Bench.parameter("OFFSETS", 1000, 100_000)
const OFFSETS_OF_A_GROUP = 100
const HEARTBEAT_S = 3
const COMMIT_S = 5
const QUICK = { "group.initial.rebalance.delay.ms": "0" }

const directory = fs.mkdtempSync("/tmp/mymq-groups-")

const createTopic = (port: number) =>
  once(port, (client) =>
    client.request(KafkaFrames.request(CreateTopics, 4, {
      topics: [{
        name: "orders",
        numPartitions: OFFSETS_OF_A_GROUP,
        replicationFactor: 1,
        assignments: [],
        configs: []
      }],
      timeoutMs: 30_000,
      validateOnly: false
    })))

const once = async <A>(port: number, use: (client: RawClient) => Promise<A>): Promise<A> => {
  const client = await RawClient.connect(port)
  const result = await use(client)
  client.close()
  return result
}

/** Both members of a group; the second one's coming makes the first join again. */
const formGroup = async (port: number, groupId: string): Promise<Array<GroupMember>> => {
  const [first, second] = [
    new GroupMember(await RawClient.connect(port), groupId),
    new GroupMember(await RawClient.connect(port), groupId)
  ]
  await first.join()
  const joining = second.join()
  while (await first.heartbeat() === 0) await sleep(1)
  await Promise.all([first.join(), joining])
  return [first, second]
}

const measureGroups = async () => {
  const broker = await Programs.broker(QUICK)
  await createTopic(broker.port)
  await once(broker.port, (client) =>
    client.request(KafkaFrames.request(FindCoordinator, 2, {
      key: "g",
      keyType: 0,
      coordinatorKeys: []
    })))
  const idle = Bench.residentMegabytes(broker.pid)
  const before = Bench.cpuSeconds(broker.pid)
  const members: Array<GroupMember> = []
  for (let i = 0; i < GROUPS; i++) members.push(...await formGroup(broker.port, `group-${i}`))
  const formed = Bench.cpuSeconds(broker.pid)
  for (let second = 1; second <= SECONDS; second++) {
    const started = performance.now()
    for (const [i, member] of members.entries()) {
      if ((i + second) % HEARTBEAT_S === 0) await member.heartbeat()
      if ((i + second) % COMMIT_S === 0) await member.commit("orders", i % 2, second)
    }
    await sleep(Math.max(0, 1000 - (performance.now() - started)))
  }
  const worked = Bench.cpuSeconds(broker.pid)
  const row = {
    groups: GROUPS,
    members: members.length,
    "form CPU s": formed - before,
    "RSS MB": Bench.residentMegabytes(broker.pid),
    "RSS before MB": idle,
    "heartbeats and commits, CPU %": 100 * (worked - formed) / SECONDS
  }
  await broker.stop()
  return row
}

const commitAll = async (port: number): Promise<void> => {
  const client = await RawClient.connect(port)
  for (let group = 0; group < OFFSETS / OFFSETS_OF_A_GROUP; group++) {
    await client.request(KafkaFrames.request(OffsetCommit, 7, {
      groupId: `offsets-${group}`,
      generationIdOrMemberEpoch: -1,
      memberId: "",
      groupInstanceId: null,
      retentionTimeMs: -1,
      topics: [{
        name: "orders",
        partitions: Array.from({ length: OFFSETS_OF_A_GROUP }, (_, partitionIndex) => ({
          partitionIndex,
          committedOffset: group + 1,
          committedLeaderEpoch: 0,
          committedMetadata: ""
        }))
      }]
    }))
  }
  client.close()
}

/** The sum of what all groups have committed, to know that all is there; -1 while it is loading. */
const fetchAll = (port: number): Promise<number> =>
  once(port, async (client) => {
    let sum = 0
    for (let group = 0; group < OFFSETS / OFFSETS_OF_A_GROUP; group++) {
      const body = { groupId: `offsets-${group}`, topics: null, groups: [], requireStable: false }
      const reader = new Reader(await client.request(KafkaFrames.request(OffsetFetch, 5, body)))
      reader.int32()
      const answer = Api.responseCodec(OffsetFetch, 5).decode(reader)
      if (answer.errorCode !== 0) return -1
      for (const { partitions } of answer.topics) {
        for (const { committedOffset } of partitions) sum += committedOffset
      }
    }
    return sum
  })

const measureLoad = async () => {
  const first = await Programs.brokerOn(directory, QUICK)
  await createTopic(first.port)
  await commitAll(first.port)
  const expected = await fetchAll(first.port)
  await first.end()
  const started = performance.now()
  const again = await Programs.brokerOn(directory, QUICK)
  const startCpu = Bench.cpuSeconds(again.pid)
  let sum = -1
  while (sum < 0) sum = await fetchAll(again.port)
  if (sum !== expected) throw new Error(`${expected} were committed, ${sum} were loaded`)
  const row = {
    offsets: OFFSETS,
    "to the listening line, CPU s": startCpu,
    "to the last offset fetched, CPU s": Bench.cpuSeconds(again.pid),
    "wall s": (performance.now() - started) / 1000
  }
  await again.end()
  fs.rmSync(directory, { recursive: true })
  return row
}

console.log(Bench.table([await measureGroups()]))
console.log(`\n${Bench.table([await measureLoad()])}`)
// 2,000 connections have nothing more to say.
process.exit()
