// Data directories as a real broker leaves them, to be damaged: one stopped in good order, and one as it
// was while the broker ran, which is what `kill -9` leaves. Topic "orders" has two partitions; the first
// has six segments of five batches of ten records, the last one active; "table" was given no record.
import * as Effect from "effect/Effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { Produce } from "../../src/domain/protocol/Produce.ts"
import * as NodeTransport from "../../src/layers/transport/NodeTransport.ts"
import { Transport } from "../../src/layers/transport/Transport.ts"
import { startBroker } from "../../src/runtime/broker/EmbeddedBroker.ts"
import { batch, Client } from "./BrokerWorld.ts"
import * as Requests from "./Requests.ts"

const BATCHES = 30
const BATCHES_IN_SEGMENT = 5
export const RECORDS_IN_BATCH = 10

export const recordsIn = (batches: number): number => batches * RECORDS_IN_BATCH
export const SEGMENT_RECORDS = recordsIn(BATCHES_IN_SEGMENT)
/** "00000000000000000100.log": of the first partition, its segments counted from 0. */
export const segmentName = (segment: number, suffix = ".log"): string =>
  String(segment * SEGMENT_RECORDS).padStart(20, "0") + suffix

const records = (i: number): Buffer =>
  batch(
    Array.from({ length: RECORDS_IN_BATCH }, (_, j) => `record ${String(i).padStart(4)}-${j}`),
    { producerId: 7, producerEpoch: 0, baseSequence: recordsIn(i) },
    1_700_000_000_000 + i
  )

export const BATCH_BYTES = records(0).length

const fill = Effect.fnUntraced(function*(host: string, port: number) {
  const transport = yield* Transport
  const sizes = { frameBytesMax: 1 << 20, receiveBytesMax: 1 << 20, timeoutMs: 5000 }
  const client = new Client(yield* transport.connect({ host, port, ...sizes }))
  yield* Requests.createTopic(client, "orders", 2, {
    "segment.bytes": String(BATCH_BYTES * BATCHES_IN_SEGMENT),
    "index.interval.bytes": String(BATCH_BYTES)
  })
  yield* Requests.createTopic(client, "table", 1, { "cleanup.policy": "compact" })
  for (let i = 0; i < BATCHES; i++) {
    yield* client.ask(Produce, 9, Requests.produce("orders", records(i)))
  }
  yield* client.ask(Produce, 9, Requests.produce("orders", records(0), { partition: 1 }))
})

export class DataDirectories {
  private readonly root = fs.mkdtempSync(path.join(os.tmpdir(), "mymq-doctor-"))
  private count = 0

  async make(): Promise<void> {
    const directory = path.join(this.root, "clean")
    const broker = await startBroker({ storage: "disk", configs: { "log.dirs": directory } })
    const { host, port } = broker.listeners[0]!
    await Effect.runPromise(
      fill(host, port).pipe(Effect.scoped, Effect.provide(NodeTransport.layer))
    )
    fs.cpSync(directory, path.join(this.root, "running"), { recursive: true })
    await broker.close()
  }

  /** A copy to damage, of the directory after a clean stop. */
  clean(): string {
    return this.copy("clean")
  }

  /** As `kill -9` leaves it. */
  killed(): string {
    const directory = this.copy("running")
    fs.rmSync(path.join(directory, ".lock"))
    return directory
  }

  /** As it is while this process has a broker on it. */
  running(): string {
    return this.copy("running")
  }

  remove(): void {
    fs.rmSync(this.root, { recursive: true, force: true })
  }

  private copy(kind: string): string {
    const directory = path.join(this.root, String(this.count++))
    fs.cpSync(path.join(this.root, kind), directory, { recursive: true })
    return directory
  }
}

/** Changes one byte of a file. */
export const flip = (file: string, position: number): void => {
  const bytes = fs.readFileSync(file)
  bytes[position]! ^= 0xff
  fs.writeFileSync(file, bytes)
}
