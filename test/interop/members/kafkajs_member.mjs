// A group member of kafkajs, driven and watched by Members.ts: the same lines as confluent_member.py.
// kafkajs says REBALANCING before it joins again and GROUP_JOIN with all it has; both are told here as
// partitions revoked and assigned. With the assignor "roundrobin" its own assigner goes by the name that
// librdkafka and @platformatic/kafka give theirs, so that they can share a group.
import { AssignerProtocol, Kafka, logLevel, PartitionAssigners } from "kafkajs"
import * as readline from "node:readline"

const options = JSON.parse(process.argv[2])
const { topic } = options

const now = () => Number(process.hrtime.bigint()) / 1e6

const say = (event, fields = {}) => {
  process.stdout.write(`${JSON.stringify({ t: now(), event, ...fields })}\n`)
}

const common = (context) => {
  const own = PartitionAssigners.roundRobin(context)
  const metadata = (topics) =>
    AssignerProtocol.MemberMetadata.encode({ version: 0, topics, userData: Buffer.alloc(0) })
  return {
    name: "roundrobin",
    version: 0,
    assign: (group) => own.assign(group),
    protocol: ({ topics }) => ({ name: "roundrobin", metadata: metadata(topics) })
  }
}

const kafka = new Kafka({
  brokers: [options.bootstrap],
  clientId: options.name ?? "member",
  logLevel: logLevel.NOTHING,
  retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: 50 }
})
const consumer = kafka.consumer({
  groupId: options.group,
  sessionTimeout: options.sessionTimeoutMs,
  rebalanceTimeout: options.rebalanceTimeoutMs ?? 30_000,
  heartbeatInterval: Math.max(100, Math.floor(options.sessionTimeoutMs / 20)),
  maxWaitTimeInMs: 100,
  partitionAssigners: [options.assignor === "roundrobin" ? common : PartitionAssigners.roundRobin]
})

let owned = new Set()
let isLeaving = false
let pausedUntil = 0
let batchInHand = Promise.resolve()

const giveUp = () => {
  if (owned.size > 0) say("revoked", { partitions: [...owned].sort((a, b) => a - b) })
  owned = new Set()
}

consumer.on(consumer.events.REBALANCING, giveUp)
consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
  giveUp()
  const partitions = [...(payload.memberAssignment[topic] ?? [])].sort((a, b) => a - b)
  owned = new Set(partitions)
  say("assigned", { partitions, memberId: payload.memberId })
})
consumer.on(consumer.events.CRASH, ({ payload }) => {
  say("error", { message: `crash: ${payload.error.message}, restart ${payload.restart}` })
})

const pauseEnds = async () => {
  while (Date.now() < pausedUntil) await new Promise((resolve) => setTimeout(resolve, 10))
}

const commit = async (context, partition, offset) => {
  const sent = now()
  try {
    await context.commitOffsetsIfNecessary({
      topics: [{ topic, partitions: [{ partition, offset: String(offset) }] }]
    })
  } catch (error) {
    say("refused", { error: error.type ?? error.message })
    throw error
  }
  say("committed", { t: sent, offsets: [[partition, offset]] })
}

const work = async (context) => {
  const { partition } = context.batch
  let sinceCommit = 0
  let next = 0
  for (const message of context.batch.messages) {
    await pauseEnds()
    if (isLeaving || !context.isRunning() || context.isStale() || !owned.has(partition)) break
    const offset = Number(message.offset)
    say("record", { partition, offset, value: message.value.toString() })
    context.resolveOffset(message.offset)
    next = offset + 1
    if (++sinceCommit < options.commitEvery) continue
    sinceCommit = 0
    await commit(context, partition, next)
    await context.heartbeat()
  }
  if (sinceCommit > 0) await commit(context, partition, next)
}

const leave = async () => {
  isLeaving = true
  await batchInHand.catch(() => undefined)
  giveUp()
  await consumer.disconnect()
  say("closed")
  process.exit(0)
}

const lines = readline.createInterface({ input: process.stdin })
lines.on("line", (line) => {
  const [command, argument] = line.split(" ")
  if (command === "leave") void leave()
  if (command === "pause") pausedUntil = Date.now() + Number(argument)
  if (command === "resume") pausedUntil = 0
})
lines.on("close", () => void leave())

await consumer.connect()
await consumer.subscribe({ topics: [topic], fromBeginning: true })
say("ready")
await consumer.run({
  autoCommit: false,
  eachBatchAutoResolve: false,
  eachBatch: (context) => {
    batchInHand = work(context)
    return batchInHand
  }
})
