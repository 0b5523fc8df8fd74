// `mymq produce` as a program: what goes in on stdin is what another client reads.
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { type IHeaders, Kafka, logLevel } from "kafkajs"
import { BrokerProcess } from "../../interop/BrokerProcess.ts"
import * as Mymq from "../../world/Mymq.ts"

let broker: BrokerProcess
beforeAll(async () => {
  broker = await BrokerProcess.start()
})
afterAll(() => broker.dispose())

const produce = (input: string | Uint8Array, ...given: ReadonlyArray<string>) =>
  Mymq.fed(input, broker.address(), "produce", ...given)

interface Read {
  readonly key: string | null
  readonly value: string | null
  readonly headers: IHeaders | undefined
  readonly timestamp: string
}

/** The first records of a topic's only partition, as kafkajs reads them. */
const read = async (topic: string, count: number): Promise<ReadonlyArray<Read>> => {
  const kafka = new Kafka({ brokers: [broker.address()], logLevel: logLevel.NOTHING })
  const consumer = kafka.consumer({ groupId: `reads-${topic}` })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  const records: Array<Read> = []
  await new Promise<void>((resolve, reject) => {
    const eachMessage = (
      { message }: { message: { key: Buffer | null; value: Buffer | null } }
    ) => {
      const { key, value, ...rest } = message as
        & typeof message
        & Pick<Read, "headers" | "timestamp">
      records.push({ ...rest, key: key?.toString() ?? null, value: value?.toString() ?? null })
      if (records.length === count) resolve()
      return Promise.resolve()
    }
    consumer.run({ eachMessage }).catch(reject)
  })
  await consumer.disconnect()
  return records
}

describe("mymq produce", () => {
  it("sends a record a line, and says how many", async () => {
    const { code, stderr, stdout } = await produce("one\n\ntwo\nlast", "plain", "--create")
    assert.deepStrictEqual(
      [code, stderr, stdout],
      [0, "", "4 records produced to \"plain\", in 1 partition\n"]
    )
    const records = await read("plain", 4)
    assert.deepStrictEqual(records.map(({ value }) => value), ["one", "", "two", "last"])
    assert.deepStrictEqual(records.map(({ key }) => key), [null, null, null, null])
  })

  it("sends keys, headers and tombstones", async () => {
    const input = "a:1\nb:\n"
    const given = ["--key-separator", ":", "--header", "source=till", "--empty-is-null"]
    const { code } = await produce(input, "keyed", "--create", ...given, "--compression", "gzip")
    assert.strictEqual(code, 0)
    const records = await read("keyed", 2)
    assert.deepStrictEqual(records.map(({ key, value }) => [key, value]), [["a", "1"], ["b", null]])
    assert.strictEqual(String(records[0]!.headers!["source"]), "till")
  })

  it("sends JSON lines, and says as JSON what it did", async () => {
    const input = [
      { value: { a: 1 }, key: "k", headers: { h: "x" } },
      { value: "text", timestamp: 1000 }
    ].map((record) => `${JSON.stringify(record)}\n`).join("")
    const { stdout } = await produce(input, "json", "--create", "--format", "json", "--json")
    assert.deepStrictEqual(JSON.parse(stdout), {
      topic: "json",
      records: 2,
      failed: 0,
      partitions: [{ partition: 0, records: 2, lastOffset: 1 }]
    })
    const [first, second] = await read("json", 2)
    assert.deepStrictEqual([first!.key, first!.value], ["k", "{\"a\":1}"])
    assert.deepStrictEqual([second!.value, second!.timestamp], ["text", "1000"])
  })

  it("sends hundreds of thousands of lines, each once", async () => {
    const count = 300_000
    const input = Array.from({ length: count }, (_, i) => `${i}\n`).join("")
    const { code, stdout } = await produce(input, "many", "--create", "--json")
    assert.strictEqual(code, 0)
    const { partitions } = JSON.parse(stdout) as { readonly partitions: ReadonlyArray<object> }
    assert.deepStrictEqual(partitions, [{ partition: 0, records: count, lastOffset: count - 1 }])
  })

  it("sends what comes before a line that is none, and names the line", async () => {
    const { code, stderr, stdout } = await produce(
      "{\"value\":1}\n{\"v\":2}\n",
      "half",
      "--create",
      "--format",
      "json"
    )
    assert.deepStrictEqual([code, stdout], [1, "1 record produced to \"half\", in 1 partition\n"])
    assert.strictEqual(stderr, "mymq: line 2 has a field \"v\", which records do not have\n")
  })

  it("says of records that are refused how many they are, and why", async () => {
    const { code, stderr, stdout } = await produce(
      "x".repeat(2_000_000),
      "large",
      "--create",
      "--json"
    )
    assert.strictEqual(code, 1)
    const { error, failed } = JSON.parse(stdout) as { readonly error: string; failed: number }
    assert.match(error, /^1 record not written: the record takes 2000\d{3} bytes, at most 1048576/)
    assert.deepStrictEqual([failed, stderr], [1, `mymq: ${error}\n`])
  })

  it("refuses topics and partitions that are not there", async () => {
    const nowhere = await produce("x\n", "nope")
    assert.deepStrictEqual([nowhere.code, nowhere.stderr], [
      1,
      "mymq: there is no topic \"nope\"\n"
    ])
    const beyond = await produce("x\n", "small", "--create", "--partition", "7")
    assert.match(beyond.stderr, /^mymq: topic "small" has 1 partition, from 0 on, and no 7\n$/)
    assert.strictEqual((await produce("", "x", "--rate", "0")).code, 2)
    assert.strictEqual((await produce("", "x", "--format", "xml")).code, 2)
  })
})
