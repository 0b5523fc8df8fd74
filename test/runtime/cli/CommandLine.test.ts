// The command line run as a program: what it prints where, and with which code it ends.
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { execFile, spawn } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { DataDirectories, flip, segmentName } from "../../world/DataDirectory.ts"

const main = path.join(import.meta.dirname, "..", "..", "..", "dist", "main.js")
const world = new DataDirectories()
beforeAll(() => world.make())
afterAll(() => world.remove())

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const mymq = (...given: ReadonlyArray<string>): Promise<Ended> =>
  new Promise((resolve) => {
    const env = { ...process.env, FORCE_COLOR: "" }
    execFile(process.execPath, [main, ...given], { env }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }))
  })

describe("help", () => {
  it("lists the commands and says what exit codes mean", async () => {
    const { code, stderr, stdout } = await mymq("--help")
    assert.deepStrictEqual([code, stderr], [0, ""])
    assert.match(stdout, /^ {2}serve +Run a broker$/m)
    assert.match(stdout, /^ {2}doctor +Verify a data directory$/m)
    assert.include(stdout, "Exit codes: 0 fine, 1 failed, 2 wrong usage")
    assert.notInclude(stdout, "\x1b")
  })

  it("of a command tells its flags and examples, and not those of all commands", async () => {
    const { code, stdout } = await mymq("doctor", "--help")
    assert.strictEqual(code, 0)
    assert.include(stdout, "--topic NAME")
    assert.include(stdout, "mymq doctor ./data")
    assert.notInclude(stdout, "--completions")
    assert.include((await mymq("--set", "a=b", "--help")).stdout, "--log-dirs")
  })

  it("completes in shells", async () => {
    const { code, stdout } = await mymq("--completions", "bash")
    assert.strictEqual(code, 0)
    const script =
      `${stdout}\nCOMP_LINE="mymq doc" COMP_POINT=8 COMP_WORDS=(mymq doc) COMP_CWORD=1\n` +
      "_mymq\necho \"${COMPREPLY[@]}\""
    const completed = await new Promise<string>((resolve) => {
      execFile("bash", ["-c", script], (_, stdout) => resolve(stdout))
    })
    assert.strictEqual(completed.trim(), "doctor")
  })
})

describe("wrong usage", () => {
  it("gives code 2 and a hint on stderr, and nothing on stdout", async () => {
    const wrong: ReadonlyArray<readonly [ReadonlyArray<string>, string]> = [
      [["doctor", "dir", "--nope"], "Try \"mymq doctor --help\""],
      [["doctor"], "Missing required argument: DIR"],
      [["doctr"], "doctor"],
      [["--nope"], "Try \"mymq serve --help\""]
    ]
    for (const [given, hint] of wrong) {
      const { code, stderr, stdout } = await mymq(...given)
      assert.deepStrictEqual([code, stdout], [2, ""], given.join(" "))
      assert.include(stderr, hint)
    }
  })

  it("is a document too when JSON was asked for", async () => {
    const { code, stdout } = await mymq("doctor", "--json", "--nope")
    assert.strictEqual(code, 2)
    assert.include((JSON.parse(stdout) as { error: string }).error, "--nope")
  })
})

describe("mymq doctor", () => {
  it("gives code 0 and one document for a whole directory", async () => {
    const { code, stderr, stdout } = await mymq("doctor", world.clean(), "--json")
    assert.deepStrictEqual([code, stderr], [0, ""])
    assert.deepInclude((JSON.parse(stdout) as { summary: object }).summary, { verdict: "ok" })
  })

  it("gives code 1 for a damaged one, and its report is all that it says", async () => {
    const directory = world.clean()
    flip(path.join(directory, "orders-0", segmentName(1)), 70)
    const { code, stderr, stdout } = await mymq("doctor", directory)
    assert.deepStrictEqual([code, stderr], [1, ""])
    assert.match(stdout, / {2}error {4}00000000000000000050\.log, byte 0, offset 50: the checksum/)
  })

  it("says in one sentence why it cannot look, and in a document", async () => {
    const { code, stderr, stdout } = await mymq("doctor", "/no/such/place", "--json")
    const sentence = "/no/such/place cannot be read: there is no such directory"
    assert.deepStrictEqual([code, stderr], [1, `mymq: ${sentence}\n`])
    assert.deepStrictEqual(JSON.parse(stdout), { error: sentence })
  })

  it("ends quietly when nobody reads what it says", async () => {
    const directory = world.clean()
    for (let i = 2; i < 500; i++) fs.mkdirSync(path.join(directory, `orders-${i}`))
    const child = spawn(process.execPath, [main, "doctor", directory])
    child.stdout.destroy()
    let stderr = ""
    child.stderr.on("data", (chunk) => {
      stderr += String(chunk)
    })
    const code = await new Promise((resolve) => child.once("close", resolve))
    assert.deepStrictEqual([code, stderr], [0, ""])
  })
})

describe("mymq", () => {
  it("serves when no command is given", async () => {
    const child = spawn(process.execPath, [
      main,
      "--log-level",
      "warn",
      "--set",
      "listeners=PLAINTEXT://127.0.0.1:0",
      "--log-dirs",
      world.clean()
    ])
    const said = await new Promise<string>((resolve) =>
      child.stdout.once("data", (chunk) => resolve(String(chunk)))
    )
    child.kill("SIGTERM")
    const code = await new Promise((resolve) => child.once("exit", resolve))
    assert.match(said, /listening on PLAINTEXT/)
    assert.strictEqual(code, 0)
  })

  it("tells why it cannot serve in one sentence", async () => {
    const { code, stderr } = await mymq("--set", "no.such.setting=1")
    assert.strictEqual(code, 1)
    assert.match(stderr, /^mymq: .*no\.such\.setting is not a setting/m)
    assert.notInclude(stderr, "    at ")
  })
})
