// A broker that sends from the file answers byte for byte what one answers that reads: at every offset and
// budget, many requests at once, and with readers that leave in the middle.
import { assert, describe, it, vi } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fs from "node:fs"
import * as Net from "node:net"
import * as os from "node:os"
import * as path from "node:path"
import * as KafkaFrames from "../../../../bench/versus/KafkaFrames.ts"
import { RawClient } from "../../../../bench/versus/RawClient.ts"
import { FileWrite } from "../../../../src/layers/transport/FileWrite.ts"
import * as Sendfile from "../../../../src/layers/transport/Sendfile.ts"
import { startBroker } from "../../../../src/runtime/broker/EmbeddedBroker.ts"
import { batch } from "../../../layers/storage/StorageWorld.ts"

const isInstalled = await Effect.runPromise(Sendfile.make(1)) !== undefined

const portOf = (address: string): number => Number(address.split(":").at(-1))

const filled = async (minBytes: number, directory: string) => {
  const broker = await startBroker({
    storage: "disk",
    configs: {
      "log.dirs": path.join(directory, String(minBytes)),
      "tail.cache.bytes": "0",
      "zero.copy.fetch.min.bytes": String(minBytes)
    }
  })
  const client = await RawClient.connect(portOf(broker.address))
  await client.request(KafkaFrames.metadata("t"))
  for (let i = 0; i < 100; i++) {
    const records = batch({ records: 10, valueBytes: 1000 + 37 * i, tag: `batch ${i}` })
    await client.request(KafkaFrames.produce("t", 0, records, 1))
  }
  return { broker, client }
}

describe.skipIf(!isInstalled)("a fetch without a copy", () => {
  it("is answered with the same bytes, whatever is asked", async () => {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "mymq-fetch-"))
    const sending = vi.spyOn(FileWrite.prototype, "start")
    try {
      const [read, sent] = [await filled(0, directory), await filled(5_000, directory)]
      for (let offset = 0; offset < 1_000; offset += 10) {
        const frame = KafkaFrames.fetch("t", 0, offset, 20_000 + 97 * offset)
        const answers = [await read.client.request(frame), await sent.client.request(frame)]
        // Which of both finds one batch more depends on where they look for it, not on what it is.
        const records = answers.map(recordsOf)
        const length = Math.min(...records.map((bytes) => bytes.length))
        assert.isAbove(length, 5_000)
        const [one, other] = records.map((bytes) => bytes.subarray(0, length))
        assert.isTrue(one!.equals(other!), `offset ${offset}`)
      }
      // A busy machine is taken for a slow disk, and the next slices are read by the pool.
      assert.isAbove(sending.mock.calls.length, 0)
      for (const { broker, client } of [read, sent]) {
        client.close()
        await broker.close()
      }
    } finally {
      sending.mockRestore()
      fs.rmSync(directory, { recursive: true, force: true })
    }
  })

  it("leaves no descriptor behind when readers leave in the middle", async () => {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "mymq-fetch-"))
    try {
      const { broker, client } = await filled(1, directory)
      const log = path.join(directory, "1", "t-0", "00000000000000000000.log")
      const opened = (): number =>
        fs.readdirSync("/proc/self/fd").filter((fd) => {
          try {
            return fs.readlinkSync(`/proc/self/fd/${fd}`) === log
          } catch {
            return false
          }
        }).length
      assert.strictEqual(opened(), 1)
      const frames = Buffer.concat(
        Array.from({ length: 50 }, () => KafkaFrames.fetch("t", 0, 0, 1 << 20))
      )
      for (let i = 0; i < 20; i++) {
        const socket = Net.connect(portOf(broker.address), "127.0.0.1")
        socket.write(frames)
        await new Promise<void>((resolve) => socket.once("data", () => resolve()))
        socket.destroy()
      }
      const answer = await client.request(KafkaFrames.fetch("t", 0, 0, 1 << 20))
      assert.isAbove(answer.length, 900_000)
      client.close()
      await broker.close()
      assert.strictEqual(opened(), 0)
    } finally {
      fs.rmSync(directory, { recursive: true, force: true })
    }
  })
})

/** What follows the first batch's base offset: everything before it is of the answer's head. */
const recordsOf = (answer: Buffer): Buffer => answer.subarray(answer.indexOf("batch ") - 80)
