// `mymq bench` as a program: each command measures, in text and in JSON, leaves nothing behind that it was not
// told to, and shows no progress to a pipe. What the figures are is no test's affair.
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { spawn } from "node:child_process"
import { BrokerProcess } from "../../interop/BrokerProcess.ts"
import * as Mymq from "../../world/Mymq.ts"

let broker: BrokerProcess
beforeAll(async () => {
  broker = await BrokerProcess.start()
})
afterAll(() => broker.dispose())

const mymq = (...given: ReadonlyArray<string>) => Mymq.mymq(broker.address(), ...given)

const document = async (...given: ReadonlyArray<string>) => {
  const { code, stderr, stdout } = await mymq(...given, "--json")
  assert.deepStrictEqual([code, stderr], [0, ""])
  return JSON.parse(stdout) as Readonly<Record<string, unknown>>
}

const topics = async (): Promise<ReadonlyArray<string>> =>
  (JSON.parse((await mymq("topics", "ls", "--json")).stdout) as ReadonlyArray<{ topic: string }>)
    .map(({ topic }) => topic)

const PERCENTILES = ["p50", "p99", "p999", "max"]

const ascend = (percentiles: unknown): void => {
  const { max, p50, p99, p999 } = percentiles as Readonly<Record<string, number>>
  assert.deepStrictEqual(Object.keys(percentiles as object), PERCENTILES)
  assert.isTrue(0 < p50! && p50! <= p99! && p99! <= p999! && p999! <= max!)
}

describe("mymq bench produce", () => {
  it("tells in a table how fast it was, and deletes its topic", async () => {
    const { code, stderr, stdout } = await mymq("bench", "produce", "-n", "2000")
    assert.deepStrictEqual([code, stderr], [0, ""])
    const [told, , header, row] = stdout.split("\n")
    assert.match(
      told!,
      /^2000 records of 250 bytes sent in [\d.]+ s to 1 partition of "mymq-bench-\w+", acks all$/
    )
    assert.deepStrictEqual(header!.trim().split(/ {2,}/), [
      "RECORDS/S",
      "MB/S",
      "CPU US/RECORD",
      "ACK P50 MS",
      "P99",
      "P99.9",
      "MAX"
    ])
    assert.match(row!, /^( *[\d.]+){7}$/)
    assert.deepStrictEqual(await topics(), [])
  })

  it("keeps the topic when it is told to, with as many partitions as were asked for", async () => {
    const size = ["-n", "500", "--size", "20", "--content", "random"]
    const how = ["--partitions", "3", "--keep", "--acks", "1", "--compression", "zstd"]
    const told = await document("bench", "produce", ...size, ...how)
    const topic = String(told["topic"])
    assert.deepInclude(told, { partitions: 3, records: 500, bytes: 10_000, compression: "zstd" })
    ascend(told["ackMs"])
    assert.deepStrictEqual(await topics(), [topic])
    const { stdout } = await mymq("consume", topic, "--to", "end", "--json")
    assert.strictEqual(stdout.trim().split("\n").length, 500)
    await mymq("topics", "delete", topic)
  })

  it("goes no faster than it is told", async () => {
    const told = await document("bench", "produce", "-n", "101", "--rate", "500")
    assert.isAtLeast(told["seconds"] as number, 0.2)
  })

  it("sends to a topic that is there, and only to one", async () => {
    await mymq("topics", "create", "mine")
    const told = await document("bench", "produce", "-n", "100", "--topic", "mine")
    assert.deepInclude(told, { topic: "mine", records: 100 })
    assert.deepStrictEqual(await topics(), ["mine"])
    const { code, stderr } = await mymq("bench", "produce", "--topic", "other")
    assert.deepStrictEqual([code, stderr], [1, "mymq: there is no topic \"other\"\n"])
  })

  it("says why records were not written", async () => {
    const { code, stderr } = await mymq("bench", "produce", "-n", "10", "--size", "2000000")
    assert.strictEqual(code, 1)
    assert.match(stderr, /^mymq: 10 of 10 records not written: the record takes 2000\d{3} bytes/)
    assert.notInclude((await topics()).join(), "mymq-bench")
  })
})

describe("mymq bench consume", () => {
  for (const by of ["poll", "stream"]) {
    it(`fills a topic and reads it by ${by}, and leaves neither topic nor group`, async () => {
      const told = await document("bench", "consume", "-n", "2000", "--by", by)
      assert.deepInclude(told, { by, records: 2000, bytes: 500_000 })
      ascend(told["commitMs"])
      assert.notInclude((await topics()).join(), "mymq-bench")
      assert.deepStrictEqual(JSON.parse((await mymq("groups", "ls", "--json")).stdout), [])
    })
  }

  it("reads what is in a topic, at most so much", async () => {
    await mymq("topics", "create", "read", "--partitions", "2")
    await document("bench", "produce", "-n", "1000", "--topic", "read")
    const given = ["bench", "consume", "--topic", "read"]
    assert.deepInclude(await document(...given), { partitions: 2, records: 1000 })
    const { stdout } = await mymq(...given, "-n", "300", "--poll-records", "100")
    assert.match(
      stdout,
      /^300 records read in [\d.]+ s from 2 partitions of "read", by 3 polls, each committed\n/
    )
  })
})

describe("mymq bench latency", () => {
  it("tells percentiles, and draws a histogram", async () => {
    const size = ["-n", "200", "--rate", "1000", "--size", "64"]
    const { code, stderr, stdout } = await mymq("bench", "latency", ...size)
    assert.deepStrictEqual([code, stderr], [0, ""])
    assert.match(stdout, /^200 records of 64 bytes at 1000\/s through 1 partition of "/)
    assert.include(stdout, "END TO END P50 MS")
    const shares = [...stdout.matchAll(/^ *< [\d.]+ ms +([\d.]+) %(?: {2}#+)?$/gm)]
    const sum = shares.reduce((total, [, share]) => total + Number(share), 0)
    assert.approximately(sum, 100, 0.06 * shares.length)
  })

  it("tells them as JSON, of several partitions too", async () => {
    const given = ["-n", "200", "--rate", "2000", "--partitions", "3"]
    const told = await document("bench", "latency", ...given)
    assert.deepInclude(told, { records: 200, rate: 2000, partitions: 3 })
    ascend(told["latencyMs"])
    assert.notInclude((await topics()).join(), "mymq-bench")
  })

  it("wants room in a record for its time", async () => {
    const { code, stderr } = await mymq("bench", "latency", "--size", "8")
    assert.strictEqual(code, 2)
    assert.match(stderr, /--size is at least 12 here/)
  })
})

describe("mymq bench", () => {
  it("deletes its topic when it is interrupted", async () => {
    const given = ["bench", "produce", "--rate", "10", "--bootstrap", broker.address()]
    const child = spawn(process.execPath, [Mymq.main, ...given])
    while (!(await topics()).join().includes("mymq-bench")) { /* not made yet */ }
    child.kill("SIGINT")
    const code = await new Promise((resolve) => child.once("exit", resolve))
    assert.strictEqual(code, 0)
    assert.notInclude((await topics()).join(), "mymq-bench")
  })

  it("refuses what makes no sense", async () => {
    for (const given of [["-n", "0"], ["--rate", "0"], ["--acks", "2"], ["--size", "0"]]) {
      assert.strictEqual((await mymq("bench", "produce", ...given)).code, 2, given.join(" "))
    }
  })
})
