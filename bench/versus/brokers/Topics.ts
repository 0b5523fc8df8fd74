// What a bench asks a broker of either make for: is it up, and topics for one run, made and removed. Over the
// least client, so that a broker that has just been started can be asked again and again.
import * as fs from "node:fs"
import { setTimeout } from "node:timers/promises"
import { CreateTopics } from "../../../src/domain/protocol/CreateTopics.ts"
import { DeleteTopics } from "../../../src/domain/protocol/DeleteTopics.ts"
import { Metadata } from "../../../src/domain/protocol/Metadata.ts"
import * as Api from "../../../src/domain/wire/Api.ts"
import { Reader } from "../../../src/domain/wire/Reader.ts"
import * as Bench from "../../Bench.ts"
import * as KafkaFrames from "../KafkaFrames.ts"
import type * as Programs from "../Programs.ts"
import { RawClient } from "../RawClient.ts"

// The last versions before tagged fields, whose answers begin after four bytes of header.
const CREATE_VERSION = 4
const DELETE_VERSION = 3
const METADATA_VERSION = 8
const AGAIN_MS = 5
const TIMEOUT_MS = 30_000

const ask = async <A extends Api.Api>(
  client: RawClient,
  api: A,
  version: number,
  body: Api.Request<A>
): Promise<Api.Response<A>> => {
  const answer = await client.request(KafkaFrames.request(api, version, body))
  const reader = new Reader(answer)
  reader.int32()
  return Api.responseCodec(api, version).decode(reader) as Api.Response<A>
}

const metadata = (client: RawClient, names: ReadonlyArray<string>) =>
  ask(client, Metadata, METADATA_VERSION, {
    topics: names.map((name) => ({ topicId: "00000000-0000-0000-0000-000000000000", name })),
    allowAutoTopicCreation: false,
    includeClusterAuthorizedOperations: false,
    includeTopicAuthorizedOperations: false
  })

/** Asks until it answers, and knows itself as a broker. */
export const firstAnswer = async (port: number): Promise<void> => {
  for (;;) {
    const client = await RawClient.connect(port).catch(() => undefined)
    if (client !== undefined) {
      const { brokers } = await metadata(client, [])
      client.close()
      if (brokers.length > 0) return
    }
    await setTimeout(AGAIN_MS)
  }
}

/** As KafkaBroker sets it of a Kafka, which does not ask the topic for it. */
const DELETE_SOON = { "file.delete.delay.ms": Bench.isSmoke ? "0" : "1000" }

/** Makes a topic and waits until each partition has its leader. */
export const create = async (
  port: number,
  name: string,
  partitions = 1,
  configs: Readonly<Record<string, string>> = {}
): Promise<void> => {
  const client = await RawClient.connect(port)
  const { topics } = await ask(client, CreateTopics, CREATE_VERSION, {
    topics: [{
      name,
      numPartitions: partitions,
      replicationFactor: 1,
      assignments: [],
      configs: Object.entries({ ...DELETE_SOON, ...configs }).map(([name, value]) => ({
        name,
        value
      }))
    }],
    timeoutMs: TIMEOUT_MS,
    validateOnly: false
  })
  if (topics[0]!.errorCode !== 0) throw new Error(`${name} was not made: ${topics[0]!.errorCode}`)
  for (;;) {
    const { topics: [topic] } = await metadata(client, [name])
    const led = topic!.partitions.filter(({ leaderId }) => leaderId >= 0)
    if (topic!.errorCode === 0 && led.length === partitions) break
    await setTimeout(AGAIN_MS)
  }
  client.close()
}

export const remove = async (port: number, name: string): Promise<void> => {
  const client = await RawClient.connect(port)
  await ask(client, DeleteTopics, DELETE_VERSION, {
    topics: [],
    topicNames: [name],
    timeoutMs: TIMEOUT_MS
  })
  client.close()
}

/** Waits until no directory bears the topic's name: its files are removed a moment after it. */
const filesGone = async (directory: string, name: string): Promise<void> => {
  const isThere = () => fs.readdirSync(directory).some((each) => each.startsWith(`${name}-`))
  while (isThere()) await setTimeout(AGAIN_MS)
}

let made = 0

/** A topic for the time of a run. When this ends its files are gone, so that the next run has no part in that. */
export const during = async <A>(
  { directory, port }: Programs.Program,
  partitions: number,
  configs: Readonly<Record<string, string>>,
  run: (name: string) => Promise<A>
): Promise<A> => {
  const name = `bench-${process.pid}-${made++}`
  await create(port, name, partitions, configs)
  try {
    return await run(name)
  } finally {
    await remove(port, name)
    await filesGone(directory, name)
  }
}
