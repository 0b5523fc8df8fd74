// A group member of @platformatic/kafka, driven and watched by Members.ts: the same lines as
// confluent_member.py. Its stream goes on giving what it has buffered after a rebalance, and does not go
// back to what was committed where nothing was; so each generation gets a stream of its own here.
import { Consumer, stringDeserializers } from "@platformatic/kafka"
import * as readline from "node:readline"

const options = JSON.parse(process.argv[2])
const { topic } = options

const say = (event, fields = {}) => {
  const t = Number(process.hrtime.bigint()) / 1e6
  process.stdout.write(`${JSON.stringify({ t, event, ...fields })}\n`)
}

const consumer = new Consumer({
  clientId: options.name ?? "member",
  bootstrapBrokers: [options.bootstrap],
  groupId: options.group,
  ...(options.instance ? { groupInstanceId: options.instance } : {}),
  deserializers: stringDeserializers,
  autocommit: false,
  sessionTimeout: options.sessionTimeoutMs,
  rebalanceTimeout: Math.max(options.sessionTimeoutMs, options.rebalanceTimeoutMs ?? 30_000),
  heartbeatInterval: Math.max(100, Math.floor(options.sessionTimeoutMs / 20)),
  protocols: [{ name: options.assignor, version: 1 }],
  maxWaitTime: 100,
  retries: 100,
  retryDelay: 100
})

let owned = new Set()
let pending = new Map()
let sinceCommit = 0
let isLeaving = false
let pausedUntil = 0
let generation = 0
let stream
let opening = Promise.resolve()
let inHand = Promise.resolve()

const giveUp = () => {
  if (owned.size > 0) say("revoked", { partitions: [...owned].sort((a, b) => a - b) })
  owned = new Set()
  pending = new Map()
}

const pauseEnds = async () => {
  while (Date.now() < pausedUntil) await new Promise((resolve) => setTimeout(resolve, 10))
}

const commit = async () => {
  sinceCommit = 0
  if (pending.size === 0) return
  const offsets = [...pending]
  pending = new Map()
  try {
    await consumer.commit({
      offsets: offsets.map(([partition, { offset, leaderEpoch }]) => ({
        topic,
        partition,
        offset,
        leaderEpoch
      }))
    })
    say("committed", { offsets: offsets.map(([p, { offset }]) => [p, Number(offset)]) })
  } catch (error) {
    say("refused", { error: String(error.errors?.at(-1)?.apiId ?? error.apiId ?? error.message) })
  }
}

const take = async (message, own) => {
  await pauseEnds()
  const { partition } = message
  if (isLeaving || own !== generation || !owned.has(partition)) return
  say("record", { partition, offset: Number(message.offset), value: message.value })
  pending.set(partition, { offset: message.offset + 1n, leaderEpoch: message.leaderEpoch })
  if (++sinceCommit >= options.commitEvery) await commit()
}

const read = async (from, own) => {
  try {
    for await (const message of from) {
      if (own !== generation) break
      inHand = take(message, own)
      await inHand
    }
  } catch (error) {
    if (from === stream) say("error", { message: `stream: ${error.message}` })
  }
  if (from === stream && own === generation && !isLeaving) void open()
}

// The next stream is there before the last one goes: a consumer without streams forgets its topics.
// A member that has begun to leave opens none, and does not mind one that its closing has broken off.
const open = () => {
  opening = opening.then(async () => {
    if (isLeaving) return
    const last = stream
    try {
      stream = await consumer.consume({
        topics: [topic],
        mode: "committed",
        fallbackMode: "earliest"
      })
    } catch (error) {
      if (isLeaving) return
      throw error
    }
    void read(stream, generation)
    last?.destroy()
  })
  return opening
}

consumer.on("consumer:group:rebalance", giveUp)
consumer.on("consumer:group:join", (joined) => {
  giveUp()
  const mine = joined.assignments.find((assignment) => assignment.topic === topic)
  const partitions = [...(mine?.partitions ?? [])].sort((a, b) => a - b)
  owned = new Set(partitions)
  generation++
  const { generationId, memberId } = joined
  say("assigned", { partitions, memberId, generation: generationId })
  if (generation > 1) void open()
})
consumer.on("error", (error) => say("error", { message: error.message }))

const leave = async () => {
  if (isLeaving) return
  isLeaving = true
  await inHand.catch(() => undefined)
  await commit()
  giveUp()
  await consumer.close(true)
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

say("ready")
await open()
