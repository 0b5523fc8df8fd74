// Apache Kafka's own Java clients, driven by the tools that come with the broker.
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { tool } from "../Oracle.ts"
import { type Driver, lines, pause } from "./Driver.ts"

const TOOLS = "org.apache.kafka.tools"
const CONFIG_COMMAND = "kafka.admin.ConfigCommand"
const GROUP_COMMAND = `${TOOLS}.consumer.group.ConsumerGroupCommand`

/** Arguments as they would be typed. */
const words = (text: string): ReadonlyArray<string> => text.split(" ")

const topics = async (at: ReadonlyArray<string>) => {
  const command = (argv: string) => tool(`${TOOLS}.TopicCommand`, [...at, ...words(argv)])
  await command("--create --topic java --partitions 2 --config retention.ms=3600000")
  await command("--create --topic java-gone")
  await command("--alter --topic java --partitions 3")
  await command("--describe --topic java")
  await command("--list")
  await command("--delete --topic java-gone")
}

const configs = async (at: ReadonlyArray<string>) => {
  const command = (argv: string) =>
    tool(CONFIG_COMMAND, [
      ...at,
      ...words("--entity-type topics --entity-name java"),
      ...words(argv)
    ])
  await command("--alter --add-config retention.ms=7200000,cleanup.policy=[compact,delete]")
  await command("--alter --delete-config cleanup.policy")
  await command("--describe")
  await command("--describe --all")
}

const records = async (bootstrap: string, at: ReadonlyArray<string>) => {
  const command = (name: string, argv: string, input?: string) =>
    tool(`${TOOLS}.${name}`, [...at, ...words(argv)], input)
  const keyed = "--reader-property parse.key=true --reader-property key.separator=:"
  await command("ConsoleProducer", `--topic java ${keyed}`, lines.join("\n") + "\n")
  await command("VerifiableProducer", "--topic java --max-messages 5")
  await tool(`${TOOLS}.ProducerPerformance`, [
    ...words("--topic java --num-records 5 --record-size 20 --throughput -1"),
    ...words("--transactional-id java-tx --transaction-duration-ms 100"),
    ...words(`--producer-props bootstrap.servers=${bootstrap}`)
  ])
  const offsets = (time: string) => command("GetOffsetShell", `--topic java --time ${time}`)
  for (const time of ["latest", "earliest", "max-timestamp", "1600000000000"]) await offsets(time)
}

/** Consumes in a group of the protocol given while the group is described, twice over. */
const group = async (at: ReadonlyArray<string>, protocol: string) => {
  const name = `java-${protocol}`
  const consume = () =>
    tool(`${TOOLS}.consumer.ConsoleConsumer`, [
      ...at,
      ...words(`--topic java --group ${name} --from-beginning --timeout-ms 5000`),
      ...words(`--consumer-property group.protocol=${protocol}`),
      ...words("--consumer-property auto.commit.interval.ms=500 --isolation-level read_committed")
    ]).catch((failure: unknown) => String(failure))
  const command = (argv: string) => tool(GROUP_COMMAND, [...at, ...words(argv)])
  const consuming = consume()
  await pause(2500)
  await command(`--describe --group ${name}`)
  await command(`--describe --group ${name} --members --verbose`)
  await command(`--describe --group ${name} --state`)
  await consuming
  // A second life begins at committed offsets, whose leader epochs the client has checked.
  await consume()
  await command("--list --state --type")
  await command(`--reset-offsets --group ${name} --topic java --to-earliest --execute`)
  await command(`--delete-offsets --group ${name} --topic java:0`)
  await command(`--delete --group ${name}`)
}

const rest = async (at: ReadonlyArray<string>) => {
  await tool(`${TOOLS}.VerifiableConsumer`, [
    ...at,
    ...words("--topic java --group-id verifiable --max-messages 5"),
    ...words("--reset-policy earliest --enable-autocommit")
  ])
  const offsets = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "mymq-golden-")), "offsets.json")
  const partitions = [{ topic: "java", partition: 0, offset: 1 }]
  fs.writeFileSync(offsets, JSON.stringify({ partitions, version: 1 }))
  await tool(`${TOOLS}.DeleteRecordsCommand`, [...at, "--offset-json-file", offsets])
  fs.rmSync(path.dirname(offsets), { recursive: true })
  await tool(`${TOOLS}.LogDirsCommand`, [...at, "--describe", "--topic-list", "java"])
  await tool(`${TOOLS}.GroupsCommand`, [...at, "--list"])
  await tool(`${TOOLS}.BrokerApiVersionsCommand`, at)
  await tool(`${TOOLS}.reassign.ReassignPartitionsCommand`, [...at, "--list"])
  await tool(`${TOOLS}.TransactionsCommand`, [...at, "list"])
}

export const java: Driver = {
  client: "Apache Kafka's Java client 4.3.1",
  variant: "java",
  drive: async (bootstrap) => {
    const at = ["--bootstrap-server", bootstrap]
    await topics(at)
    await configs(at)
    await records(bootstrap, at)
    await group(at, "classic")
    await group(at, "consumer")
    await rest(at)
  }
}
