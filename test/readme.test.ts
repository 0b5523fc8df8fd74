// What README.md tells people to type does what it says: the lines are read from there. Its first command
// and its second are what `.ci/run` and these tests run.
import { assert, describe, it } from "@effect/vitest"
import { execFile, execFileSync, spawn } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { promisify } from "node:util"
import { has } from "./interop/BrokerProcess.ts"

const root = path.join(import.meta.dirname, "..")
const readme = fs.readFileSync(path.join(root, "README.md"), "utf8")

/** The commands of the indented blocks, lines that go on joined. */
const commands = readme.replaceAll(/ \\\n\s+/g, " ").split("\n")
  .filter((line) => line.startsWith("    "))
  .map((line) => line.trim())

const commandWith = (...parts: ReadonlyArray<string>): string => {
  const found = commands.find((line) => parts.every((part) => line.includes(part)))
  assert.isDefined(found, `README has no command with ${parts.join(" ")}`)
  return found
}

/** Runs a command of the README in an empty directory, on ports that are free; gives what it says. */
const serve = (command: string, directory: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const free = command
      .replace("dist/main.js", path.join(root, "dist", "main.js"))
      .replaceAll(/:\/\/([0-9.]+):90\d\d/g, "://$1:0")
      .replace("/var/lib/mymq", path.join(directory, "var"))
    const child = spawn("sh", ["-c", `exec env PATH="$PATH" ${free}`], {
      cwd: directory,
      env: { ...process.env, PATH: `${path.dirname(process.execPath)}:${process.env["PATH"]}` }
    })
    let output = ""
    const ended = (chunk: Buffer) => {
      output += chunk.toString()
      if (output.includes("listening on")) child.kill("SIGTERM")
    }
    child.stdout.on("data", ended)
    child.stderr.on("data", ended)
    child.once("exit", (code) => code === 0 ? resolve(output) : reject(new Error(output)))
  })

const scratch = (): string => fs.mkdtempSync(path.join(os.tmpdir(), "mymq-readme-"))

describe("README", () => {
  it("starts with the two commands that are its promise", () => {
    const { scripts } = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"))
    assert.include(commands, "npm ci && npm start")
    assert.include(commands, "npm ci && npm test")
    assert.include(fs.readFileSync(path.join(root, ".ci", "run"), "utf8"), "npm ci && npm test")
    assert.include(scripts.start, "node dist/main.js")
  })

  it("serves by flags, by the environment and by a file", async () => {
    const directory = scratch()
    fs.writeFileSync(
      path.join(directory, "server.properties"),
      "listeners=PLAINTEXT://127.0.0.1:0\n"
    )
    for (const part of ["--set log.dirs=", "MYMQ_LISTENERS=", "--config"]) {
      const output = await serve(commandWith("dist/main.js", part), directory)
      assert.match(output, /mymq \S+ listening on PLAINTEXT:\/\/[0-9.]+:\d+, data in /)
    }
    fs.rmSync(directory, { recursive: true })
  })

  it.skipIf(!has("kcat", "-V"))(
    "is right about kcat: out comes what went in, and once",
    async () => {
      await using broker = await (await import("mymq")).startBroker({ storage: "memory" })
      const run = async (...parts: ReadonlyArray<string>) => {
        const command = commandWith(...parts).replace("127.0.0.1:9092", broker.address)
        const { stdout } = await promisify(execFile)("bash", ["-c", command], { timeout: 30_000 })
        return stdout
      }
      await run("kcat", "-P")
      assert.strictEqual(await run("kcat", "-C"), "hello\n")
      assert.include(await run("kcat", "-G"), "hello\n")
      assert.notInclude(await run("kcat", "-G"), "hello\n")
    },
    60_000
  )

  it.skipIf(!has("openssl", "version"))("serves TLS with the certificate it makes", async () => {
    const directory = scratch()
    execFileSync("sh", ["-c", commandWith("openssl req")], { cwd: directory, stdio: "ignore" })
    const output = await serve(commandWith("listeners=SSL"), directory)
    assert.match(output, /listening on SSL:/)
    fs.rmSync(directory, { recursive: true })
  })

  it("embeds what the package exports", async () => {
    const { startBroker } = await import("mymq")
    await using broker = await startBroker({ storage: "memory" })
    assert.match(broker.address, /^127\.0\.0\.1:\d+$/)
    const { Broker, layer, layerMemory, layerNoDeps } = await import("mymq/Broker")
    for (const exported of [Broker, layer, layerMemory, layerNoDeps]) assert.isDefined(exported)
    assert.strictEqual((await import("mymq/protocol/Fetch")).Fetch.key, 1)
  })
})
