// `mymq consume` as a program, of records that another client has sent.
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Kafka, logLevel } from "kafkajs"
import { execFile, spawn } from "node:child_process"
import { BrokerProcess } from "../../interop/BrokerProcess.ts"
import * as Mymq from "../../world/Mymq.ts"

let broker: BrokerProcess

beforeAll(async () => {
  broker = await BrokerProcess.start({ "group.initial.rebalance.delay.ms": "0" })
  await Mymq.mymq(broker.address(), "topics", "create", "orders", "--partitions", "2")
  await Mymq.mymq(broker.address(), "topics", "create", "empty", "one")
  await produce("orders", [
    ...Array.from(
      { length: 20 },
      (_, i) => ({ partition: 0, value: `${i}`, timestamp: `${i}000` })
    ),
    { partition: 1, key: "k", value: "v", headers: { source: "till" }, timestamp: "5000" },
    { partition: 1, key: "gone", value: null, timestamp: "6000" }
  ])
  await produce("one", Array.from({ length: 10 }, (_, i) => ({ value: `${i}` })))
})
afterAll(() => broker.dispose())

interface Message {
  readonly partition?: number
  readonly key?: string
  readonly value: string | null
  readonly headers?: Record<string, string>
  readonly timestamp?: string
}

const produce = async (topic: string, messages: ReadonlyArray<Message>) => {
  const producer = new Kafka({ brokers: [broker.address()], logLevel: logLevel.NOTHING }).producer()
  await producer.connect()
  await producer.send({ topic, messages: [...messages] })
  await producer.disconnect()
}

const consume = (...given: ReadonlyArray<string>) =>
  Mymq.mymq(broker.address(), "consume", ...given)

/** The lines that a command prints, which must go well. */
const lines = async (...given: ReadonlyArray<string>): Promise<ReadonlyArray<string>> => {
  const { code, stderr, stdout } = await consume(...given)
  assert.deepStrictEqual([code, stderr], [0, ""], given.join(" "))
  return stdout === "" ? [] : stdout.trimEnd().split("\n")
}

const numbers = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, i) => `${first + i}`)

describe("mymq consume", () => {
  it("prints a partition in order, from its start to its end", async () => {
    const all = await lines("orders", "--partition", "0", "--to", "end")
    assert.deepStrictEqual(all, numbers(0, 19))
    assert.deepStrictEqual(await lines("empty", "--to", "end"), [])
  })

  it("begins and ends where it is told to", async () => {
    const zero = (...given: ReadonlyArray<string>) => lines("orders", "--partition", "0", ...given)
    assert.deepStrictEqual(await zero("--from", "-3", "--to", "end"), numbers(17, 19))
    assert.deepStrictEqual(await zero("--from", "5", "--to", "8"), numbers(5, 7))
    const times = ["--from", "@1970-01-01T00:00:03Z", "--to", "@1970-01-01T00:00:06Z"]
    assert.deepStrictEqual(await zero(...times), numbers(3, 5))
    assert.deepStrictEqual(await zero("--from", "end", "--to", "end"), [])
    assert.deepStrictEqual(await zero("--count", "4"), numbers(0, 3))
  })

  it("prints what matches, in a format", async () => {
    const ones = await lines("orders", "--grep", "^1.$", "--to", "end")
    assert.deepStrictEqual(ones, numbers(10, 19))
    const format = "%t-%p@%o %k=%s (%K,%S) %h %T\\n"
    assert.deepStrictEqual(await lines("orders", "--partition", "1", "--to", "end", "-f", format), [
      "orders-1@0 k=v (1,1) source=till 5000",
      "orders-1@1 gone= (4,-1)  6000"
    ])
  })

  it("prints a line of JSON for each record", async () => {
    const told = await lines("orders", "--partition", "1", "--to", "end", "--json")
    assert.deepStrictEqual(told.map((line) => JSON.parse(line) as unknown), [
      {
        topic: "orders",
        partition: 1,
        offset: 0,
        timestamp: 5000,
        key: "k",
        value: "v",
        headers: { source: "till" }
      },
      { topic: "orders", partition: 1, offset: 1, timestamp: 6000, key: "gone", value: null }
    ])
  })

  it("goes on with what comes, and ends without a failure when told to", async () => {
    const env = { ...process.env, FORCE_COLOR: "", MYMQ_BOOTSTRAP: broker.address() }
    const given = ["consume", "empty", "--format", "%s\\n"]
    const child = spawn(process.execPath, [Mymq.main, ...given], { env })
    let text = ""
    child.stdout.on("data", (chunk) => {
      text += String(chunk)
      if (text.endsWith("second\n")) child.kill("SIGINT")
    })
    await produce("empty", [{ value: "first" }])
    await produce("empty", [{ value: "second" }])
    const code = await new Promise((resolve) => child.once("close", resolve))
    assert.deepStrictEqual([code, text], [0, "first\nsecond\n"])
  })

  it("ends quietly when its reader has seen enough", async () => {
    const env = { ...process.env, MYMQ_BOOTSTRAP: broker.address() }
    const input = numbers(0, 199_999).join("\n")
    await Mymq.fed(input, broker.address(), "produce", "many", "--create")
    const script = `"${process.execPath}" "${Mymq.main}" consume many | head -2; ` +
      "echo \"code ${PIPESTATUS[0]}\""
    const [stdout, stderr] = await new Promise<ReadonlyArray<string>>((resolve) => {
      execFile("bash", ["-c", script], { env }, (_, stdout, stderr) => resolve([stdout, stderr]))
    })
    assert.deepStrictEqual([stdout, stderr], ["0\n1\ncode 0\n", ""])
  })

  it("as a member of a group goes on where the last one stopped, to the record", async () => {
    assert.deepStrictEqual(await lines("one", "--group", "readers", "--count", "3"), numbers(0, 2))
    assert.deepStrictEqual(await lines("one", "--group", "readers", "--count", "4"), numbers(3, 6))
    const lag = await Mymq.mymq(broker.address(), "groups", "lag", "readers", "--json")
    assert.deepInclude(JSON.parse(lag.stdout), { lag: 3 })
  })

  it("commits all that it has counted, whenever that came", async () => {
    await Mymq.mymq(broker.address(), "topics", "create", "slow", "--partitions", "2")
    const env = { ...process.env, FORCE_COLOR: "", MYMQ_BOOTSTRAP: broker.address() }
    await produce("slow", [{ partition: 0, value: "first" }])
    const given = ["consume", "slow", "--group", "slow", "--count", "2"]
    const child = spawn(process.execPath, [Mymq.main, ...given], { env })
    let text = ""
    child.stdout.on("data", (chunk) => {
      text += String(chunk)
      if (text === "first\n") void produce("slow", [{ partition: 1, value: "second" }])
    })
    const code = await new Promise((resolve) => child.once("close", resolve))
    assert.deepStrictEqual([code, text], [0, "first\nsecond\n"])
    await produce("slow", [{ partition: 0, value: "third" }])
    assert.deepStrictEqual(await lines("slow", "--group", "slow", "--count", "1"), ["third"])
  })

  it("refuses what is not there, and what makes no sense", async () => {
    const nowhere = await consume("nope", "--to", "end", "--json")
    assert.deepStrictEqual([nowhere.code, nowhere.stderr], [
      1,
      "mymq: there is no topic \"nope\"\n"
    ])
    assert.deepStrictEqual(JSON.parse(nowhere.stdout), { error: "there is no topic \"nope\"" })
    const wrong: ReadonlyArray<readonly [ReadonlyArray<string>, RegExp]> = [
      [["orders", "--from", "soon"], /start, end, -10/],
      [["orders", "--format", "%q"], /%s value {2}%k key/],
      [["orders", "--grep", "("], /regular expression/],
      [["orders", "--count", "0"], /0 is no count/],
      [["orders", "--group", "g", "--to", "end"], /goes with neither --to nor --partition/],
      [["orders", "--group", "g", "--from", "7"], /"mymq groups reset" moves a group/]
    ]
    for (const [given, why] of wrong) {
      const { code, stderr, stdout } = await consume(...given)
      assert.deepStrictEqual([code, stdout], [2, ""], given.join(" "))
      assert.match(stderr, why)
    }
  })
})
