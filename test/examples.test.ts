// The examples do what their first lines say, against a broker in memory.
import { assert, describe, it } from "@effect/vitest"
import { startBroker } from "mymq"
import { MymqClient } from "mymq/MymqClient"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { DatabaseSync } from "node:sqlite"
import { Program } from "./world/Programs.ts"

const fromStart = (groupId: string, topic: string) =>
  ({ groupId, topics: [topic], autoOffsetReset: "earliest" }) as const

const text = (bytes: Buffer | null | undefined): string => bytes?.toString() ?? "(none)"

describe("examples", () => {
  it("outbox.ts publishes what is written into the outbox, in order and once", async () => {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "mymq-outbox-"))
    const file = path.join(directory, "outbox.db")
    await using broker = await startBroker()
    await using client = new MymqClient({ bootstrapServers: broker.address })
    const consumer = await client.consumer(fromStart("g", "orders"))
    {
      const options = { address: broker.address, cwd: directory, env: { OUTBOX: file } }
      await using program = new Program("examples/outbox.ts", options)
      await program.says(/watching/)
      using database = new DatabaseSync(file, { timeout: 5000 })
      database.exec(
        "insert into outbox (topic, key, payload) values ('orders', 'alice', 'cup'), " +
          "('orders', 'alice', 'saucer')"
      )
      await program.says(/published 2 rows/)
      database.exec("insert into outbox (topic, key, payload) values ('orders', 'bob', 'spoon')")
      await program.says(/published 1 rows/)
    }
    const records: Array<string> = []
    for await (const { headers, key, value } of consumer) {
      records.push([headers[0]?.value, key, value].map(text).join(" "))
      if (records.length === 3) break
    }
    assert.deepStrictEqual(records, ["1 alice cup", "2 alice saucer", "3 bob spoon"])
    fs.rmSync(directory, { recursive: true })
  }, 60_000)

  it("invoices.ts makes an invoice of each order, and goes on where it was", async () => {
    await using broker = await startBroker()
    await using client = new MymqClient({ bootstrapServers: broker.address })
    const producer = await client.producer()
    for (const order of ["cup", "saucer"]) {
      await producer.send({ topic: "orders", key: "alice", value: order })
      await using program = new Program("examples/invoices.ts", { address: broker.address })
      await program.says(/sent 1 invoices/)
      await committed(client, "invoices", "orders-0", order === "cup" ? 1 : 2)
    }
    const consumer = await client.consumer(fromStart("g", "invoices"))
    const invoices: Array<string> = []
    for await (const { value } of consumer) {
      invoices.push(text(value))
      if (invoices.length === 2) break
    }
    assert.deepStrictEqual(invoices, [
      `{"number":"0-0","text":"cup, with thanks"}`,
      `{"number":"0-1","text":"saucer, with thanks"}`
    ])
  }, 60_000)

  it("signups.ts greets, and puts aside what is no event", async () => {
    await using broker = await startBroker()
    await using client = new MymqClient({ bootstrapServers: broker.address })
    const producer = await client.producer()
    await producer.sendAll([
      `{"_tag":"SignedUp","name":"Alice","at":"2026-01-31T12:00:00.000Z"}`,
      `{"_tag":"SignedUp","name":""}`,
      `{"_tag":"SignedOff","reason":"no time"}`
    ].map((value) => ({ topic: "signups", key: "u1", value })))
    await using program = new Program("examples/signups.ts", { address: broker.address })
    await program.says(/farewell u1: no time/)
    assert.include(program.said, "welcome Alice (u1), here since 2026")
    const consumer = await client.consumer(fromStart("g", "signups-dead"))
    const [dead] = await consumer.poll(1, "10 seconds")
    const headers = new Map(dead!.headers.map(({ key, value }) => [key, text(value)]))
    assert.strictEqual(text(dead!.value), `{"_tag":"SignedUp","name":""}`)
    assert.strictEqual(headers.get("dead-letter-topic"), "signups")
    assert.strictEqual(headers.get("dead-letter-offset"), "1")
  }, 60_000)

  it("dashboard.ts counts by key, second by second", async () => {
    await using broker = await startBroker()
    await using client = new MymqClient({ bootstrapServers: broker.address })
    const producer = await client.producer()
    await producer.send({ topic: "clicks", key: "before", value: "-" })
    await using program = new Program("examples/dashboard.ts", { address: broker.address })
    await program.says(/waiting for records of clicks/)
    const seen = program.says(/home +\d+\/s █+\n/)
    let isSeen = false
    void seen.finally(() => {
      isSeen = true
    })
    while (!isSeen) {
      await producer.sendAll(
        ["home", "home", "about"].map((key) => ({ topic: "clicks", key, value: "-" }))
      )
      await wait()
    }
    assert.notInclude(await seen, "before")
  }, 60_000)
})

const wait = () => new Promise((resolve) => setTimeout(resolve, 20))

const committed = async (client: MymqClient, group: string, key: string, offset: number) => {
  const admin = await client.admin()
  while ((await admin.listGroupOffsets(group)).get(key)?.offset !== offset) await wait()
}
