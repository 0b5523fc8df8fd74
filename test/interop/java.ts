// npm run interop:java -- HOST:PORT
//
// Our client beside Kafka's own console tools, with any broker: what our producer writes the Java consumer
// prints, and what the Java producer is given ours reads: every codec, headers, nulls, times, and keys on the
// partitions that Java chooses. Needs what test/oracle/kafka.sh needs: Java, and Maven Central once.
import * as assert from "node:assert"
import { spawn } from "node:child_process"
import * as path from "node:path"
import * as Samples from "./Samples.ts"

const [bootstrap = "127.0.0.1:9092"] = process.argv.slice(2)
const oracle = path.join(import.meta.dirname, "..", "oracle", "kafka.sh")
const NULL = "-null-"

const tool = (name: string, args: ReadonlyArray<string>, input = ""): Promise<string> =>
  new Promise((resolve, reject) => {
    const command = [oracle, "tool", `org.apache.kafka.tools.${name}`, ...args]
    const child = spawn("bash", [...command, "--bootstrap-server", bootstrap])
    let output = ""
    let errors = ""
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString()
    })
    child.stderr.on("data", (chunk: Buffer) => {
      errors += chunk.toString()
    })
    child.once("close", (code) => code === 0 ? resolve(output) : reject(new Error(errors)))
    child.stdin.end(input)
  })

const properties = (flag: string, all: Readonly<Record<string, string>>): ReadonlyArray<string> =>
  Object.entries(all).flatMap(([name, value]) => [flag, `${name}=${value}`])

const orNull = (text: string): string | null => text === NULL ? null : text

const headersOf = (text: string): Samples.Sample["headers"] =>
  text === "NO_HEADERS" ? [] : text.split(",").map((pair) => {
    const [name, value] = pair.split(":")
    return [name!, orNull(value!)]
  })

/** Lines as "CreateTime:1700\tPartition:2\ta:1,a:\tkey\tvalue". */
const javaReads = async (topic: string, count: number): Promise<ReadonlyArray<Samples.Sample>> => {
  const output = await tool("consumer.ConsoleConsumer", [
    ...`--topic ${topic} --from-beginning --timeout-ms 30000 --max-messages ${count}`.split(" "),
    ...properties("--formatter-property", {
      "print.timestamp": "true",
      "print.partition": "true",
      "print.headers": "true",
      "print.key": "true",
      "null.literal": NULL
    })
  ])
  return Samples.sorted(
    output.split("\n").filter((line) => line.startsWith("CreateTime:")).map((line) => {
      const [time, partition, headers, key, value] = line.split("\t")
      return {
        partition: Number(partition!.replace("Partition:", "")),
        key: orNull(key!),
        value: orNull(value!),
        headers: headersOf(headers!),
        timestampMs: Number(time!.replace("CreateTime:", ""))
      }
    })
  )
}

const javaWrites = async (topic: string, codec: Samples.Codec): Promise<void> => {
  const lines = Samples.samples.filter(({ key }) => key !== null).map(({ headers, key, value }) => {
    const told = headers.map(([name, value]) => `${name}:${value ?? NULL}`).join(",")
    return `${told === "" ? NULL : told}\t${key}\t${value ?? NULL}\n`
  })
  await tool("ConsoleProducer", [
    ...`--topic ${topic} --compression-codec ${codec}`.split(" "),
    ...properties("--reader-property", {
      "parse.headers": "true",
      "parse.key": "true",
      "null.marker": NULL
    })
  ], lines.join(""))
}

const withoutTime = (all: ReadonlyArray<Samples.Sample>) =>
  all.map(({ headers, key, partition, value }) => ({ headers, key, partition, value }))

const attempt = async (name: string, run: () => Promise<void>): Promise<void> => {
  try {
    await run()
    console.log(`ok ${name}`)
  } catch (error) {
    process.exitCode = 1
    console.log(`FAIL ${name}:`, error)
  }
}

for (const codec of Samples.CODECS) {
  await attempt(`ours writes, Java reads: ${codec}`, async () => {
    const topic = await Samples.write(bootstrap, codec)
    assert.deepStrictEqual(
      await javaReads(topic, Samples.samples.length),
      Samples.sorted(Samples.samples)
    )
  })
  await attempt(`Java writes, ours reads: ${codec}`, async () => {
    const topic = await Samples.createTopic(bootstrap)
    const given = Samples.samples.filter(({ key }) => key !== null)
    await javaWrites(topic, codec)
    assert.deepStrictEqual(
      withoutTime(await Samples.read(bootstrap, topic, given.length)),
      withoutTime(Samples.sorted(given))
    )
  })
}
