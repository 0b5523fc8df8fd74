// The guide tells the truth: its code blocks are regions of programs (scripts/snippets.ts), which are compiled
// with everything else and run here, and what a page says that a program prints is what it prints.
import { assert, describe, it } from "@effect/vitest"
import { startBroker, type StartOptions } from "mymq"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { filled, pages } from "../scripts/snippets.ts"
import * as Programs from "./world/Programs.ts"

const root = path.join(import.meta.dirname, "..")
const read = (file: string): string => fs.readFileSync(file, "utf8")
const guide = path.join(root, "docs", "client")
const certificates = path.join(root, "test", "fixtures", "tls")

const programs = fs.readdirSync(guide).filter((file) => file.endsWith(".ts"))

/** Text blocks that name the program which prints them, "```text FILE". */
const outputs = pages(root).flatMap((page) =>
  [...read(page).matchAll(/^```text (\S+)\n([\s\S]*?)```$/gm)]
    .map(([, file, text]) => ({ file: path.join(path.dirname(page), file!), text: text! }))
)

/** The broker of connect.ts wants certificates, which it reads from the disk. */
const optionsFor = (program: string, directory: string): StartOptions =>
  program !== "connect.ts" ? {} : {
    storage: "disk",
    configs: {
      listeners: "SSL://127.0.0.1:0",
      "log.dirs": directory,
      "ssl.keystore.type": "PEM",
      "ssl.keystore.certificate.chain": path.join(certificates, "server.pem"),
      "ssl.keystore.key": path.join(certificates, "server.key"),
      "ssl.truststore.type": "PEM",
      "ssl.truststore.certificates": path.join(certificates, "ca.pem"),
      "ssl.client.auth": "required"
    }
  }

describe("the guide", () => {
  for (const page of pages(root)) {
    const name = path.relative(root, page)

    it(`${name} shows code as it is (npm run docs)`, () => {
      assert.strictEqual(read(page), filled(page))
    })

    it(`${name} shows no code that is not run`, () => {
      const bare = [...read(page).matchAll(/^```(ts|js)(?! \S+#\S+$).*$/gm)].map(([line]) => line)
      assert.deepStrictEqual(bare, [])
    })

    it(`${name} links to what is there`, () => {
      const links = [...read(page).matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)]
        .map(([, link]) => path.join(path.dirname(page), link!))
      assert.deepStrictEqual(links.filter((link) => !fs.existsSync(link)), [])
    })
  }

  it("names programs that there are where it shows what they print", () => {
    const known = new Set(programs.map((program) => path.join(guide, program)))
    assert.deepStrictEqual(outputs.filter(({ file }) => !known.has(file)), [])
    assert.isNotEmpty(outputs)
  })

  for (const program of programs) {
    it(`docs/client/${program} runs, and prints what its page says`, async () => {
      const directory = fs.mkdtempSync(path.join(os.tmpdir(), "mymq-guide-"))
      const file = path.join("docs", "client", program)
      {
        await using broker = await startBroker(optionsFor(program, directory))
        const { address } = broker
        const said = await Programs.run(file, { address, cwd: certificates })
        for (const output of outputs.filter((output) => output.file === path.join(root, file))) {
          assert.include(said, output.text)
        }
      }
      fs.rmSync(directory, { recursive: true })
    }, 60_000)
  }
})
