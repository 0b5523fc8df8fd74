// `mymq groups` as a program, against a broker that is a program too and with a real member.
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { type Consumer, Kafka, logLevel } from "kafkajs"
import { spawn } from "node:child_process"
import { BrokerProcess } from "../../interop/BrokerProcess.ts"
import * as Mymq from "../../world/Mymq.ts"

let broker: BrokerProcess
let member: Consumer
const kafka = () =>
  new Kafka({ clientId: "till", brokers: [broker.address()], logLevel: logLevel.NOTHING })

beforeAll(async () => {
  broker = await BrokerProcess.start({ "group.initial.rebalance.delay.ms": "0" })
  await Mymq.mymq(broker.address(), "topics", "create", "orders", "--partitions", "2")
  const producer = kafka().producer()
  await producer.connect()
  const values = ["a", "b", "c", "d"]
  await producer.send({
    topic: "orders",
    messages: values.map((value) => ({ partition: 0, value }))
  })
  await producer.send({ topic: "orders", messages: [{ partition: 1, value: "e" }] })
  await producer.disconnect()
  member = kafka().consumer({ groupId: "busy" })
  const joined = new Promise((resolve) => member.on(member.events.GROUP_JOIN, resolve))
  await member.connect()
  await member.subscribe({ topic: "orders", fromBeginning: true })
  await member.run({ autoCommit: false, eachMessage: () => Promise.resolve() })
  await joined
})
afterAll(async () => {
  await member.disconnect()
  await broker.dispose()
})

const mymq = (...given: ReadonlyArray<string>) => Mymq.mymq(broker.address(), ...given)

/** Fails unless the command went well; gives its output. */
const fine = async (...given: ReadonlyArray<string>): Promise<string> => {
  const { code, stderr, stdout } = await mymq(...given)
  assert.deepStrictEqual([code, stderr], [0, ""], given.join(" "))
  return stdout
}

const json = async (...given: ReadonlyArray<string>): Promise<unknown> =>
  JSON.parse(await fine(...given, "--json"))

/** A command that fails, with the one sentence that it says. */
const refused = async (...given: ReadonlyArray<string>) => {
  const { code, stderr, stdout } = await mymq(...given)
  assert.strictEqual(stdout, "", given.join(" "))
  return [code, stderr]
}

const reset = (group: string, ...given: ReadonlyArray<string>) =>
  fine("groups", "reset", group, "--topic", "orders", ...given)

describe("mymq groups ls", () => {
  it("lists groups, and chooses by state and type", async () => {
    await reset("idle", "--to", "start")
    const all = Mymq.rows(await fine("groups", "ls"))
    assert.deepInclude(all, ["busy", "Stable", "classic", "consumer", "1"])
    assert.deepInclude(all, ["idle", "Empty", "classic", "none", "1"])
    const stable = await json("groups", "ls", "--state", "Stable") as ReadonlyArray<object>
    assert.deepStrictEqual(stable.length, 1)
    assert.deepInclude(stable[0], { groupId: "busy", state: "Stable" })
    assert.deepStrictEqual(await json("groups", "ls", "--type", "consumer"), [])
  })
})

describe("mymq groups describe", () => {
  it("tells the state, and each member with what it has", async () => {
    const [head, table] = (await fine("groups", "describe", "busy")).split("\n\n")
    assert.match(head!, /^group {5}busy\nstate {5}Stable\nprotocol {2}classic\nassignor {2}\w+/)
    const [row] = Mymq.rows(table!)
    assert.match(row![0]!, /^till-/)
    assert.deepStrictEqual(row!.slice(-3), ["till", "127.0.0.1", "orders 0-1"])
  })

  it("says it as JSON", async () => {
    const [group] = await json("groups", "describe", "busy") as ReadonlyArray<
      { readonly members: ReadonlyArray<{ readonly assignment: unknown }> }
    >
    assert.deepStrictEqual(group!.members[0]!.assignment, [
      { topic: "orders", partition: 0 },
      { topic: "orders", partition: 1 }
    ])
  })

  it("says in one sentence that there is no such group", async () => {
    assert.deepStrictEqual(await refused("groups", "describe", "nope"), [
      1,
      "mymq: there is no group \"nope\"\n"
    ])
  })
})

describe("mymq groups lag", () => {
  it("tells how far a group is behind, by partition and in all", async () => {
    await reset("behind", "--to", "-1", "--partition", "0")
    const [table, sum] = (await fine("groups", "lag", "behind")).split("\n\n")
    assert.deepStrictEqual(Mymq.rows(table!), [["orders", "0", "3", "4", "1"]])
    assert.strictEqual(sum, "behind: Empty, 0 members, 1 record behind\n")
    const told = await json("groups", "lag", "busy") as Record<string, unknown>
    assert.deepInclude(told, { groupId: "busy", members: 1, lag: 5 })
  })

  it("prints block after block to what is no terminal, or a line of JSON each time", async () => {
    await reset("watched", "--to", "start")
    const text = await watch("watched", 2, "\n\n2")
    const blocks = text.split(/^(?=\d{4}-\d\d-\d\dT)/m)
    assert.isAtLeast(blocks.length, 2)
    for (const block of blocks.slice(0, 2)) {
      assert.match(block, /^\S+Z\nTOPIC[^]*\n\nwatched: Empty, 0 members, 5 records behind\n\n$/)
    }
    assert.notInclude(text, "\x1b")
    const lines = (await watch("watched", 2, "\n", "--json")).trimEnd().split("\n").slice(0, 2)
    for (const line of lines) assert.deepInclude(JSON.parse(line), { groupId: "watched", lag: 5 })
  })

  it("says in one sentence that there is no such group", async () => {
    const sentence = "mymq: there is no group \"nope\"\n"
    assert.deepStrictEqual(await refused("groups", "lag", "nope"), [1, sentence])
    assert.deepStrictEqual(await refused("groups", "lag", "nope", "--watch"), [1, sentence])
    assert.strictEqual((await refused("groups", "lag", "x", "--interval", "0"))[0], 2)
  })

  /** What is printed until `end` was seen so often; the program is then told to stop. */
  const watch = async (group: string, times: number, end: string, ...more: Array<string>) => {
    const given = ["groups", "lag", group, "--watch", "--interval", "0.2", ...more]
    const env = { ...process.env, FORCE_COLOR: "", MYMQ_BOOTSTRAP: broker.address() }
    const child = spawn(process.execPath, [Mymq.main, ...given], { env })
    let text = ""
    child.stdout.on("data", (chunk) => {
      text += String(chunk)
      if (text.split(end).length > times) child.kill("SIGINT")
    })
    const code = await new Promise((resolve) => child.once("close", resolve))
    assert.strictEqual(code, 0)
    return text
  }
})

describe("mymq groups reset", () => {
  it("moves a group to a position, and tells from where", async () => {
    assert.deepStrictEqual(Mymq.rows(await reset("moved", "--to", "-1")), [
      ["orders", "0", "none", "3"],
      ["orders", "1", "none", "0"]
    ])
    assert.deepStrictEqual(Mymq.rows(await reset("moved", "--to", "end", "--partition", "0")), [
      ["orders", "0", "3", "4"]
    ])
    assert.deepStrictEqual(Mymq.rows(await reset("moved", "--to", "@1h")), [
      ["orders", "0", "4", "0"],
      ["orders", "1", "0", "0"]
    ])
    assert.deepStrictEqual(Mymq.rows(await reset("moved", "--to", "@2100-01-01T00:00Z")), [
      ["orders", "0", "0", "4"],
      ["orders", "1", "0", "1"]
    ])
    assert.deepStrictEqual(Mymq.rows(await reset("moved", "--to", "2")), [
      ["orders", "0", "4", "2"],
      ["orders", "1", "1", "1"]
    ])
  })

  it("only tells with --dry-run", async () => {
    await reset("stays", "--to", "start", "--partition", "0")
    const dry = await reset("stays", "--to", "end", "--partition", "0", "--dry-run")
    assert.match(dry, /^orders +0 +0 +4$/m)
    assert.match(dry, /nothing was done/)
    const again = JSON.parse(await reset("stays", "--to", "end", "--dry-run", "--json")) as {
      readonly isReset: boolean
      readonly offsets: ReadonlyArray<object>
    }
    assert.isFalse(again.isReset)
    const [first] = again.offsets
    assert.deepStrictEqual(first, { topic: "orders", partition: 0, from: 0, to: 4 })
  })

  it("refuses a group with members", async () => {
    const given = ["--topic", "orders", "--to", "start"]
    const [code, sentence] = await refused("groups", "reset", "busy", ...given)
    assert.strictEqual(code, 1)
    assert.match(String(sentence), /^mymq: group "busy" has 1 member: stop them first, or .+\n$/)
  })

  it("refuses topics and positions that are none", async () => {
    assert.deepStrictEqual(
      await refused("groups", "reset", "moved", "--topic", "nope", "--to", "start"),
      [1, "mymq: there is no topic \"nope\"\n"]
    )
    for (const wrong of [["--to", "start"], ["--topic", "orders"], ["--topic", "x", "--to", "y"]]) {
      assert.strictEqual((await refused("groups", "reset", "moved", ...wrong))[0], 2)
    }
  })
})

describe("mymq groups delete", () => {
  it("deletes groups without members, and says which it could not", async () => {
    await reset("doomed", "--to", "start")
    const { code, stderr, stdout } = await mymq("groups", "delete", "doomed", "busy")
    assert.deepStrictEqual([code, stderr, stdout], [
      1,
      "mymq: group \"busy\" has members: stop them first\n",
      "deleted group \"doomed\"\n"
    ])
    assert.deepStrictEqual(await refused("groups", "delete", "doomed"), [
      1,
      "mymq: there is no group \"doomed\"\n"
    ])
  })

  it("says it as JSON", async () => {
    await reset("doomed", "--to", "start")
    assert.deepStrictEqual(await json("groups", "delete", "doomed"), [
      { groupId: "doomed", isDeleted: true }
    ])
  })
})

describe("help", () => {
  it("of groups and of each of its commands says what it does, and how", async () => {
    const all = await fine("groups", "--help")
    for (const command of ["ls", "describe", "lag", "reset", "delete"]) {
      assert.match(all, new RegExp(`^  ${command} +[A-Z]`, "m"))
      const help = await fine("groups", command, "--help")
      assert.include(help, "--bootstrap, -b HOST:PORT")
      assert.include(help, "--json")
    }
  })
})
