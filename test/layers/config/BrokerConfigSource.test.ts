// Where settings come from, which source wins, and how everything wrong is told at once.
import { assert, describe, it } from "@effect/vitest"
import { definitions } from "../../../src/domain/config/BrokerConfigs.ts"
import { gather, type Sources, variable } from "../../../src/layers/config/BrokerConfigSource.ts"

const value = (sources: Sources, name: string) => gather(sources).entries.get(name)

describe("precedence", () => {
  const file = "num.partitions=2"
  const environment = { MYMQ_NUM_PARTITIONS: "3" }
  const flags = { "num.partitions": "4" }

  it("is flags, environment, file, default", () => {
    const given = "STATIC_BROKER_CONFIG"
    assert.deepStrictEqual(value({ environment, file, flags }, "num.partitions"), {
      value: "4",
      source: given
    })
    assert.deepStrictEqual(value({ environment, file }, "num.partitions"), {
      value: "3",
      source: given
    })
    assert.deepStrictEqual(value({ file }, "num.partitions"), { value: "2", source: given })
    assert.deepStrictEqual(value({}, "num.partitions"), { value: "1", source: "DEFAULT_CONFIG" })
  })

  it("a good value that wins hides a bad one", () => {
    assert.deepStrictEqual(gather({ file: "num.partitions=x", flags }).problems, [])
  })
})

describe("the environment", () => {
  it("has a name of its own for every setting", () => {
    const names = definitions.map(({ name }) => variable(name))
    assert.strictEqual(new Set(names).size, names.length)
    assert.strictEqual(variable("log.dirs"), "MYMQ_LOG_DIRS")
  })

  it("is read where names begin with MYMQ_, but for the file's own", () => {
    const environment = { MYMQ_CONFIG: "x", PATH: "/bin", mymq_shards: "1", MYMQ_SHARDS: "2" }
    const gathered = gather({ environment })
    assert.deepStrictEqual(gathered.problems, [])
    assert.strictEqual(gathered.entries.get("shards")?.value, "2")
  })
})

describe("old names", () => {
  it("give their value to the name that is read", () => {
    assert.strictEqual(value({ flags: { "broker.id": "7" } }, "node.id")?.value, "7")
    assert.strictEqual(value({ flags: { "log.dir": "/x" } }, "log.dirs")?.value, "/x")
  })

  it("yield to it", () => {
    assert.strictEqual(
      value({ flags: { "log.dirs": "/y" }, file: "log.dir=/x" }, "log.dirs")?.value,
      "/y"
    )
  })

  it("of the broker's number must agree with it", () => {
    const flags = { "broker.id": "1", "node.id": "2" }
    assert.deepStrictEqual(gather({ flags }).problems, [
      "broker.id (1) and node.id (2) must be the same"
    ])
  })
})

it("everything wrong is told, each with its place and what is allowed", () => {
  const { problems } = gather({
    file: "num.partitions=0\nlog.dirz=/x\nauthorizer.class.name=Acls",
    environment: { MYMQ_DURABILITY: "maybe", MYMQ_LOG_DIRZ: "/x", MYMQ_SASL_JAAS_CONFIG: "x" },
    flags: {
      "shards": "many",
      "broker.id": "-1",
      "listener.name.ssl.ssl.client.auth": "none",
      "what.is.this.for": "1"
    }
  })
  assert.deepStrictEqual([...problems].sort(), [
    "Invalid value \"-1\" for configuration broker.id: it must be at least 0",
    "Invalid value \"0\" for configuration num.partitions: it must be at least 1 " +
    "(in the properties file)",
    "Invalid value \"many\" for configuration shards: it must be a whole number",
    "Invalid value \"maybe\" for configuration durability: it must be one of commit, interval, os " +
    "(in the environment, MYMQ_DURABILITY)",
    "MYMQ_LOG_DIRZ is not a setting of this broker; did you mean MYMQ_LOG_DIRS?",
    "MYMQ_SASL_JAAS_CONFIG is not supported by this broker: SASL comes later: use SSL with client " +
    "certificates, or PLAINTEXT",
    "authorizer.class.name is not supported by this broker: there are no ACLs here, and every " +
    "client may do everything (in the properties file)",
    "listener.name.ssl.ssl.client.auth is not supported by this broker: all listeners share one " +
    "configuration: leave the prefix out",
    "log.dirz is not a setting of this broker; did you mean log.dirs? (in the properties file)",
    "what.is.this.for is not a setting of this broker"
  ])
})

it("settings that change nothing are told, unless they are given their default", () => {
  const { ignored, problems } = gather({
    flags: { "num.io.threads": "16", "num.network.threads": "3", "shards": "2" }
  })
  assert.deepStrictEqual({ ignored, problems }, { ignored: ["num.io.threads"], problems: [] })
})

it("spaces around a value go, but not around a password", () => {
  const flags = { "num.partitions": " 5 ", "ssl.key.password": " secret " }
  assert.strictEqual(value({ flags }, "num.partitions")?.value, "5")
  assert.strictEqual(value({ flags }, "ssl.key.password")?.value, " secret ")
})
