// npm run interop:packages: Debian's package index, some 50 MB and over a million lines, piped in with
// `kcat -P` and out with `kcat -C`, byte for byte: uncompressed and with every codec that kcat has, plain
// and over TLS with a client certificate. Needs kcat, and the lists that `apt-get update` leaves.
//
// kcat takes a message up to a delimiter and drops the delimiter, and a message of no bytes it does not
// send. So the index is cut where a blank line ends a package: a message is a stanza, and each is given
// out again with the delimiter after it.
import { execFileSync, spawn } from "node:child_process"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { BrokerProcess, hasKcat, tls } from "./BrokerProcess.ts"

const LISTS = "/var/lib/apt/lists"
const DELIMITER = "\n\n"
const CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]

const tlsArguments = [
  "security.protocol=SSL",
  `ssl.ca.location=${tls("ca.pem")}`,
  `ssl.certificate.location=${tls("client.pem")}`,
  `ssl.key.location=${tls("client.key")}`
].flatMap((setting) => ["-X", setting])

const index = (): Buffer => {
  const files = fs.readdirSync(LISTS).filter((name) => /_Packages(\.lz4|\.xz|\.gz)?$/.test(name))
  if (files.length === 0) throw new Error(`${LISTS} is empty: run apt-get update`)
  const parts = files.map((name) =>
    execFileSync("/usr/lib/apt/apt-helper", ["cat-file", path.join(LISTS, name)], {
      maxBuffer: 1 << 30
    })
  )
  return Buffer.concat(parts)
}

const kcat = (args: ReadonlyArray<string>, input?: string): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const stdin = input === undefined ? "ignore" : fs.openSync(input, "r")
    const child = spawn("kcat", args, { stdio: [stdin, "pipe", "pipe"] })
    const chunks: Array<Buffer> = []
    let errors = ""
    child.stdout!.on("data", (chunk: Buffer) => chunks.push(chunk))
    child.stderr!.on("data", (chunk: Buffer) => {
      errors += chunk.toString()
    })
    child.once(
      "close",
      (code) => code === 0 ? resolve(Buffer.concat(chunks)) : reject(new Error(errors))
    )
  })

const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex")

if (!hasKcat) throw new Error("kcat is missing: apt-get install kcat")
const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "mymq-packages-")), "Packages")
const bytes = index()
fs.writeFileSync(file, bytes)
console.log(`${bytes.length} bytes, sha256 ${sha256(bytes)}`)
const broker = await BrokerProcess.start({
  listeners: "PLAINTEXT://127.0.0.1:0,SSL://127.0.0.1:0",
  "ssl.keystore.certificate.chain": tls("server.pem"),
  "ssl.keystore.key": tls("server.key"),
  "ssl.truststore.certificates": tls("ca.pem"),
  "ssl.client.auth": "required"
})
try {
  for (const listener of ["PLAINTEXT", "SSL"]) {
    for (const codec of CODECS) {
      const common = [
        "-b",
        broker.address(listener),
        "-t",
        `packages-${codec}-${listener}`,
        "-p",
        "0"
      ]
      const secure = listener === "SSL" ? tlsArguments : []
      const start = performance.now()
      await kcat(["-P", ...common, ...secure, "-D", DELIMITER, "-z", codec], file)
      const middle = performance.now()
      const out = await kcat([
        "-C",
        ...common,
        ...secure,
        "-e",
        "-q",
        "-o",
        "beginning",
        "-D",
        DELIMITER
      ])
      const isSame = sha256(out) === sha256(bytes)
      const seconds = [middle - start, performance.now() - middle].map((ms) =>
        (ms / 1000).toFixed(1)
      )
      console.log(
        `${isSame ? "same" : "DIFFERENT"} ${listener} ${codec}: in ${seconds[0]} s, out ${
          seconds[1]
        } s`
      )
      if (!isSame) {
        process.exitCode = 1
        fs.writeFileSync(`${file}.${codec}`, out)
        console.log(`  ${out.length} bytes came out, see ${file}.${codec}`)
      }
    }
  }
} finally {
  await broker.dispose()
}
