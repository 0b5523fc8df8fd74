// librdkafka as Debian ships it, driven by kcat and by python3-confluent-kafka.
import * as path from "node:path"
import { run } from "../Oracle.ts"
import { type Driver, lines } from "./Driver.ts"

const client = "librdkafka 2.0.2"
const SCRIPT = path.join(import.meta.dirname, "librdkafka.py")
const python = process.env["MYMQ_PYTHON"] ?? "/usr/bin/python3"

const produce = (bootstrap: string, topic: string, codec: string) =>
  run("kcat", ["-b", bootstrap, "-P", "-t", topic, "-p", "0", "-K", ":", "-z", codec], {
    input: lines.join("\n") + "\n"
  })

/** One topic a codec, so that each Fetch carries batches of one codec only. */
const codec = (name: string): Driver => ({
  client: `${client} (kcat, ${name})`,
  variant: name,
  only: ["Produce", "Fetch"],
  drive: async (bootstrap) => {
    const topic = `codec-${name}`
    await run("kcat", ["-b", bootstrap, "-L", "-t", topic])
    await produce(bootstrap, topic, name)
    await run("kcat", ["-b", bootstrap, "-C", "-t", topic, "-e", "-q"])
  }
})

export const kcat: Driver = {
  client: `${client} (kcat)`,
  variant: "kcat",
  drive: async (bootstrap) => {
    await produce(bootstrap, "plain", "none")
    await run("kcat", ["-b", bootstrap, "-L"])
    await run("kcat", ["-b", bootstrap, "-C", "-t", "plain", "-e", "-q"])
    await run("kcat", ["-b", bootstrap, "-Q", "-t", "plain:0:1600000000000", "-t", "plain:0:-1"])
    await run("kcat", ["-b", bootstrap, "-G", "kcat-group", "-e", "-q", "plain"])
  }
}

export const codecs = ["gzip", "snappy", "lz4", "zstd"].map(codec)

export const confluent: Driver = {
  client: `${client} (python3-confluent-kafka 1.7.0)`,
  variant: "librdkafka",
  drive: (bootstrap) => run(python, [SCRIPT, bootstrap])
}
