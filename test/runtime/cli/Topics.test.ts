// `mymq topics` as a program, against a broker that is a program too.
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Kafka, logLevel } from "kafkajs"
import { BrokerProcess } from "../../interop/BrokerProcess.ts"
import * as Mymq from "../../world/Mymq.ts"

let broker: BrokerProcess
beforeAll(async () => {
  broker = await BrokerProcess.start({ "num.partitions": "2" })
})
afterAll(() => broker.dispose())

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

const produce = async (topic: string, partition: number, ...values: ReadonlyArray<string>) => {
  const producer = new Kafka({ brokers: [broker.address()], logLevel: logLevel.NOTHING }).producer()
  await producer.connect()
  await producer.send({ topic, messages: values.map((value) => ({ partition, value })) })
  await producer.disconnect()
}

describe("mymq topics create", () => {
  it("makes topics, and says with how many partitions", async () => {
    assert.strictEqual(
      await fine("topics", "create", "made", "--partitions", "3", "--config", "retention.ms=60000"),
      "created topic \"made\" with 3 partitions\n"
    )
    assert.strictEqual(
      await fine("topics", "create", "made-a", "made-b"),
      "created topic \"made-a\" with 2 partitions\ncreated topic \"made-b\" with 2 partitions\n"
    )
  })

  it("says it as JSON", async () => {
    const [made] = await json("topics", "create", "as-json", "--partitions", "1") as Array<object>
    assert.deepInclude(made, { topic: "as-json", partitions: 1, isCreated: true })
  })

  it("does not make what is there already, which is fine when asked so", async () => {
    await fine("topics", "create", "twice")
    assert.deepStrictEqual(await refused("topics", "create", "twice"), [
      1,
      "mymq: there is a topic \"twice\" already\n"
    ])
    assert.strictEqual(
      await fine("topics", "create", "twice", "--if-not-exists"),
      "topic \"twice\" was there already\n"
    )
  })

  it("makes the others when one is refused", async () => {
    await fine("topics", "create", "first")
    const { code, stderr, stdout } = await mymq("topics", "create", "first", "second")
    assert.deepStrictEqual(
      [code, stderr, stdout],
      [
        1,
        "mymq: there is a topic \"first\" already\n",
        "created topic \"second\" with 2 partitions\n"
      ]
    )
  })

  it("only checks with --dry-run", async () => {
    assert.match(await fine("topics", "create", "dry", "--dry-run"), /^could create topic "dry"/)
    assert.notInclude(await fine("topics", "ls"), "dry")
  })

  it("refuses names and numbers that are none", async () => {
    const [code, sentence] = await refused("topics", "create", "a/b")
    assert.strictEqual(code, 1)
    assert.match(String(sentence), /^mymq: topic "a\/b": .*\(INVALID_TOPIC_EXCEPTION\)\n$/)
    assert.strictEqual((await refused("topics", "create", "x", "--partitions", "many"))[0], 2)
    assert.strictEqual((await refused("topics", "create"))[0], 2)
  })
})

describe("mymq topics ls", () => {
  it("lists topics, and the broker's own when asked", async () => {
    await fine("topics", "create", "listed", "--partitions", "3")
    const rows = Mymq.rows(await fine("topics", "ls"))
    assert.deepStrictEqual(rows.find(([topic]) => topic === "listed"), ["listed", "3", "1"])
    const all = await json("topics", "ls", "--internal") as Array<Record<string, unknown>>
    assert.deepInclude(all.find(({ topic }) => topic === "listed")!, { partitions: 3 })
  })

  it("says at once in one sentence that nobody listens, and as JSON", async () => {
    const { code, stderr, stdout } = await Mymq.mymq("127.0.0.1:1", "topics", "ls", "--json")
    const sentence = "127.0.0.1:1: nobody listens on 127.0.0.1:1"
    assert.deepStrictEqual([code, stderr], [1, `mymq: ${sentence}\n`])
    assert.deepStrictEqual(JSON.parse(stdout), { error: sentence })
  })

  it("says that certificates cannot be read before it dials", async () => {
    const [code, sentence] = await refused("topics", "ls", "--ca", "/no/such/file")
    assert.strictEqual(code, 2)
    assert.match(String(sentence), /^mymq: --ca \/no\/such\/file cannot be read: /)
  })
})

describe("mymq topics describe", () => {
  it("tells settings, leaders and offsets", async () => {
    await fine("topics", "create", "told", "--config", "retention.ms=60000")
    await produce("told", 1, "a", "b")
    const text = await fine("topics", "describe", "told")
    assert.match(text, /^topic {4}told\nid {7}[0-9a-f-]{36}\nconfigs {2}retention\.ms=60000\n\n/)
    const [, table] = text.split("\n\n")
    assert.deepStrictEqual(Mymq.rows(table!), [
      ["0", "1", "1", "1", "0", "0", "0"],
      ["1", "1", "1", "1", "0", "2", "2"]
    ])
  })

  it("says it as JSON, and what is not there beside it", async () => {
    await fine("topics", "create", "beside")
    const { code, stderr, stdout } = await mymq("topics", "describe", "beside", "nope", "--json")
    assert.deepStrictEqual([code, stderr], [1, "mymq: there is no topic \"nope\"\n"])
    const [beside, nope] = JSON.parse(stdout) as ReadonlyArray<object>
    assert.deepInclude(beside, { topic: "beside", configs: {} })
    assert.deepStrictEqual(nope, { topic: "nope", error: "there is no topic \"nope\"" })
  })

  it("says in one sentence that there is no such topic", async () => {
    const sentence = "mymq: there is no topic \"nope\"\n"
    assert.deepStrictEqual(await refused("topics", "describe", "nope"), [1, sentence])
  })
})

describe("mymq topics config", () => {
  it("shows what was set, and all when asked", async () => {
    await fine("topics", "create", "shown")
    assert.include(await fine("topics", "config", "shown"), "all settings by default")
    await fine("topics", "config", "shown", "segment.bytes=1048576")
    assert.deepStrictEqual(Mymq.rows(await fine("topics", "config", "shown")), [
      ["segment.bytes", "1048576", "topic"]
    ])
    const all = await json("topics", "config", "shown", "--all") as ReadonlyArray<object>
    assert.isAbove(all.length, 20)
  })

  it("sets, takes back and edits lists, all together or nothing", async () => {
    await fine("topics", "create", "edited", "--config", "segment.bytes=1048576")
    const changes = ["retention.ms=60000", "segment.bytes-", "cleanup.policy+=compact"]
    assert.deepStrictEqual(Mymq.rows(await fine("topics", "config", "edited", ...changes)), [
      ["cleanup.policy", "delete,compact", "topic"],
      ["retention.ms", "60000", "topic"],
      ["segment.bytes", "1073741824", "default"]
    ])
    const wrong = ["retention.ms=7", "no.such.setting=1"]
    const [code, sentence] = await refused("topics", "config", "edited", ...wrong)
    assert.strictEqual(code, 1)
    assert.match(String(sentence), /^mymq: topic "edited": .*no\.such\.setting.*\n$/)
    assert.include(await fine("topics", "config", "edited"), "60000")
  })

  it("only checks with --dry-run", async () => {
    await fine("topics", "create", "checked")
    await fine("topics", "config", "checked", "retention.ms=7", "--dry-run")
    assert.deepStrictEqual(await json("topics", "config", "checked"), [])
  })

  it("says what a change looks like to whoever types something else", async () => {
    const [code, sentence] = await refused("topics", "config", "orders", "retention.ms")
    assert.strictEqual(code, 2)
    assert.include(String(sentence), "NAME=VALUE (set), NAME- (back to the default)")
  })

  it("says in one sentence that there is no such topic", async () => {
    const sentence = "mymq: there is no topic \"nope\"\n"
    assert.deepStrictEqual(await refused("topics", "config", "nope"), [1, sentence])
    assert.deepStrictEqual(await refused("topics", "config", "nope", "retention.ms=1"), [
      1,
      sentence
    ])
  })
})

describe("mymq topics trim", () => {
  it("deletes what is before a position, in all partitions or in one", async () => {
    await fine("topics", "create", "trimmed")
    await produce("trimmed", 0, "a", "b", "c", "d")
    await produce("trimmed", 1, "e", "f", "g")
    const dry = await fine("topics", "trim", "trimmed", "--before", "-1", "--dry-run")
    assert.deepStrictEqual(Mymq.rows(dry), [["0", "0", "3", "4"], ["1", "0", "2", "3"]])
    const one = await fine("topics", "trim", "trimmed", "--before", "1", "--partition", "1")
    assert.deepStrictEqual(Mymq.rows(one), [["1", "0", "1", "3"]])
    assert.deepStrictEqual(await json("topics", "trim", "trimmed", "--before", "1000"), [
      { topic: "trimmed", partition: 0, startOffsetBefore: 0, startOffset: 4, endOffset: 4 },
      { topic: "trimmed", partition: 1, startOffsetBefore: 1, startOffset: 3, endOffset: 3 }
    ])
  })

  it("refuses positions and partitions that are none", async () => {
    await fine("topics", "create", "whole")
    const [code, sentence] = await refused("topics", "trim", "whole", "--before", "soon")
    assert.strictEqual(code, 2)
    assert.include(String(sentence), "start, end, -10 (before the end)")
    assert.deepStrictEqual(
      await refused("topics", "trim", "whole", "--before", "end", "--partition", "2"),
      [1, "mymq: topic \"whole\" has 2 partitions, from 0 on, and no 2\n"]
    )
    assert.strictEqual((await refused("topics", "trim", "whole"))[0], 2)
    assert.deepStrictEqual(await refused("topics", "trim", "nope", "--before", "end"), [
      1,
      "mymq: there is no topic \"nope\"\n"
    ])
  })
})

describe("mymq topics delete", () => {
  it("deletes topics, and says which were not there", async () => {
    await fine("topics", "create", "doomed")
    const { code, stderr, stdout } = await mymq("topics", "delete", "doomed", "nope")
    assert.deepStrictEqual(
      [code, stderr, stdout],
      [1, "mymq: there is no topic \"nope\"\n", "deleted topic \"doomed\"\n"]
    )
  })

  it("says it as JSON", async () => {
    await fine("topics", "create", "doomed")
    assert.deepStrictEqual(await json("topics", "delete", "doomed"), [
      { topic: "doomed", isDeleted: true }
    ])
    const { code, stdout } = await mymq("topics", "delete", "doomed", "--json")
    assert.strictEqual(code, 1)
    assert.deepStrictEqual(JSON.parse(stdout), { error: "there is no topic \"doomed\"" })
  })
})

describe("help", () => {
  it("of topics and of each of its commands says what it does, and how", async () => {
    const all = await fine("topics", "--help")
    for (const command of ["ls", "create", "describe", "config", "trim", "delete"]) {
      assert.match(all, new RegExp(`^  ${command} +[A-Z]`, "m"))
      const help = await fine("topics", command, "--help")
      assert.include(help, "--bootstrap, -b HOST:PORT")
      assert.include(help, "--json")
      assert.isTrue(help.split("\n").every((line) => line.length <= 110), help)
    }
  })
})
