// The doctor against directories that a real broker made: whole ones have nothing to be said about, and
// each kind of damage is named with its level and its place. Nothing is ever changed.
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as fs from "node:fs"
import * as path from "node:path"
import { formatOffsets } from "../../../src/domain/log/Checkpoint.ts"
import type {
  DirectoryReport,
  Finding,
  PartitionReport,
  Summary
} from "../../../src/runtime/cli/doctor/Finding.ts"
import * as DoctorProgram from "../../../src/runtime/cli/DoctorProgram.ts"
import { Output } from "../../../src/runtime/cli/Output.ts"
import {
  BATCH_BYTES,
  DataDirectories,
  flip,
  recordsIn,
  SEGMENT_RECORDS,
  segmentName
} from "../../world/DataDirectory.ts"

type Report = DirectoryReport & {
  readonly partitions: ReadonlyArray<PartitionReport>
  readonly summary: Summary
}

const world = new DataDirectories()
beforeAll(() => world.make())
afterAll(() => world.remove())

/** What the command prints, and whether it ended well. */
const run = async (given: Partial<DoctorProgram.Given> & { readonly directory: string }) => {
  const written: Array<string> = []
  const output = Layer.succeed(Output, {
    isStyled: false,
    write: (text) => Effect.sync(() => void written.push(String(text))),
    abandoned: Effect.never
  })
  const exit = await Effect.runPromise(
    DoctorProgram.run({
      topic: Option.none(),
      force: false,
      compacted: false,
      json: false,
      ...given
    }).pipe(
      Effect.provide(output),
      Effect.match({ onFailure: (error) => error._tag, onSuccess: () => "fine" })
    )
  )
  return { exit, text: written.join("") }
}

const report = async (directory: string): Promise<Report> => {
  const { exit, text } = await run({ directory, json: true })
  const report = JSON.parse(text) as Report
  assert.strictEqual(exit, report.summary.errors > 0 ? "NotWell" : "fine")
  return report
}

/** All findings, without what to do. */
const findings = async (directory: string): Promise<ReadonlyArray<Omit<Finding, "advice">>> => {
  const { findings, partitions } = await report(directory)
  return [...findings, ...partitions.flatMap((partition) => partition.findings)]
    .map(({ detail, file, level, offset, position }) => ({
      level,
      file,
      ...(position === undefined ? {} : { position }),
      ...(offset === undefined ? {} : { offset }),
      detail
    }))
}

/** The one finding that there is. */
const finding = async (directory: string): Promise<Omit<Finding, "advice">> => {
  const all = await findings(directory)
  assert.lengthOf(all, 1, JSON.stringify(all, undefined, 1))
  return all[0]!
}

const log = (directory: string, segment: number, suffix = ".log"): string =>
  path.join(directory, "orders-0", segmentName(segment, suffix))

const truncate = (file: string, bytes: number): void =>
  fs.truncateSync(file, fs.statSync(file).size - bytes)

describe("a whole directory", () => {
  it("has nothing to be said about after a clean stop", async () => {
    const { partitions, summary, ...directory } = await report(world.clean())
    assert.deepInclude(directory, { lastStop: "clean", nodeId: 1, findings: [] })
    assert.deepStrictEqual(partitions.map(({ partition }) => partition), ["orders-0", "orders-1"])
    assert.deepInclude(partitions[0], {
      segments: 6,
      records: 300,
      bytes: 30 * BATCH_BYTES,
      logStartOffset: 0,
      logEndOffset: 300,
      maxTimestamp: 1_700_000_000_029,
      verdict: "ok"
    })
    assert.deepInclude(summary, { partitions: 2, segments: 7, records: 310, verdict: "ok" })
  })

  it("has nothing to be said about after a kill", async () => {
    const { lastStop, summary } = await report(world.killed())
    assert.strictEqual(lastStop, "unclean")
    assert.deepInclude(summary, { errors: 0, warnings: 0, notes: 0 })
  })

  it("is told to people in a line a partition and one that sums up", async () => {
    const { exit, text } = await run({ directory: world.clean() })
    assert.strictEqual(exit, "fine")
    assert.match(text, /^PARTITION +SEGMENTS +RECORDS +SIZE +OFFSETS +VERDICT$/m)
    assert.match(text, /^orders-0 +6 +300 +\d+\.\d kB +0-300 +ok$/m)
    assert.match(text, /^2 partitions, 7 segments, 310 records, .* kB: 0 errors, 0 warnings$/m)
  })

  it("is not changed, and need not be writable", async () => {
    const directory = world.clean()
    const state = () =>
      fs.readdirSync(directory, { recursive: true, encoding: "utf8" }).sort().map((name) => {
        const { mtimeMs, size } = fs.statSync(path.join(directory, name))
        return [name, mtimeMs, size]
      })
    for (const name of fs.readdirSync(directory, { recursive: true, encoding: "utf8" })) {
      const file = path.join(directory, name)
      if (fs.statSync(file).isFile()) fs.chmodSync(file, 0o444)
    }
    const before = state()
    await report(directory)
    assert.deepStrictEqual(state(), before)
  })

  it("is only looked at with --force while a broker has it", async () => {
    const directory = world.running()
    assert.deepStrictEqual(await run({ directory, json: true }), { exit: "DoctorError", text: "" })
    const forced = await run({ directory, json: true, force: true })
    assert.strictEqual(forced.exit, "fine")
    assert.include(forced.text, "\"lastStop\": \"running\"")
  })

  it("is looked at by topic", async () => {
    const directory = world.clean()
    const topic = async (name: string) => await run({ directory, topic: Option.some(name) })
    assert.include((await topic("orders")).text, "2 partitions")
    assert.strictEqual((await topic("others")).exit, "DoctorError")
  })

  it("must be one", async () => {
    const directory = fs.mkdtempSync(path.join(path.dirname(world.clean()), "other-"))
    assert.strictEqual((await run({ directory })).exit, "DoctorError")
    assert.strictEqual((await run({ directory: `${directory}/none` })).exit, "DoctorError")
  })
})

describe("batches", () => {
  it("with a flipped byte are told with their place, and where sound ones go on", async () => {
    const directory = world.clean()
    flip(log(directory, 1), 2 * BATCH_BYTES + 70)
    const { detail, ...place } = await finding(directory)
    assert.deepStrictEqual(place, {
      level: "error",
      file: `orders-0/${segmentName(1)}`,
      position: 2 * BATCH_BYTES,
      offset: SEGMENT_RECORDS + recordsIn(2)
    })
    const next = `byte ${3 * BATCH_BYTES} with offset ${SEGMENT_RECORDS + recordsIn(3)}`
    assert.include(detail, "checksum")
    assert.include(detail, next)
  })

  it("with a senseless size are passed by the help of the index", async () => {
    const directory = world.clean()
    flip(log(directory, 0), 2 * BATCH_BYTES + 8)
    const { partitions } = await report(directory)
    assert.strictEqual(partitions[0]!.records, 300 - recordsIn(1))
    assert.deepInclude(await finding(directory), {
      level: "error",
      position: 2 * BATCH_BYTES
    })
  })

  it("with another magic, offset or epoch are told", async () => {
    for (
      const [byte, words] of [[16, "magic"], [7, "offset"], [6, "offset"], [14, "epoch"]] as const
    ) {
      const directory = world.clean()
      flip(log(directory, 2), BATCH_BYTES + byte)
      const found = await finding(directory)
      assert.deepInclude(found, { level: "error", position: BATCH_BYTES }, words)
      assert.include(found.detail, words)
    }
  })

  it("cut off at the end are an error after a clean stop", async () => {
    const directory = world.clean()
    truncate(log(directory, 5), 10)
    const found = await findings(directory)
    assert.deepInclude(found[0], {
      level: "error",
      file: `orders-0/${segmentName(5)}`,
      position: 4 * BATCH_BYTES,
      offset: 290
    })
  })

  it("cut off at the end after a kill are what the next start mends", async () => {
    const directory = world.killed()
    truncate(log(directory, 5), 10)
    assert.deepInclude(await finding(directory), {
      level: "warning",
      file: `orders-0/${segmentName(5)}`,
      position: 4 * BATCH_BYTES,
      offset: 290
    })
  })

  it("damaged in the middle after a kill are an error: the next start would cut sound ones", async () => {
    const directory = world.killed()
    flip(log(directory, 5), 70)
    assert.deepInclude(await finding(directory), { level: "error", position: 0, offset: 250 })
  })

  it("that are missing are told at the segment behind them", async () => {
    const directory = world.clean()
    for (const suffix of [".log", ".index", ".timeindex"]) fs.rmSync(log(directory, 3, suffix))
    const found = await finding(directory)
    assert.deepInclude(found, {
      level: "error",
      file: `orders-0/${segmentName(4)}`,
      offset: 200
    })
    assert.include(found.detail, "150 to 199 are missing")
  })

  it("missing at the end, where a checkpoint knows of them, are an error", async () => {
    const directory = world.clean()
    for (const suffix of [".log", ".index", ".timeindex"]) fs.rmSync(log(directory, 5, suffix))
    const found = await findings(directory)
    assert.deepInclude(found[0], { level: "error", offset: 250 })
    assert.include(found[0]!.detail, "offset 300 were on the device")
  })

  it("that compaction took leave holes, which are fine", async () => {
    const directory = world.clean()
    for (const suffix of [".log", ".index", ".timeindex"]) fs.rmSync(log(directory, 3, suffix))
    fs.writeFileSync(
      path.join(directory, "cleaner-offset-checkpoint"),
      formatOffsets([{ topic: "orders", partition: 0, offset: 200 }])
    )
    assert.deepStrictEqual(await findings(directory), [])
  })

  it("may be missing in any log when the broker compacts all", async () => {
    const directory = world.clean()
    for (const suffix of [".log", ".index", ".timeindex"]) fs.rmSync(log(directory, 3, suffix))
    const { exit, text } = await run({ directory, compacted: true })
    assert.strictEqual(exit, "fine", text)
  })
})

describe("indexes", () => {
  it("that are garbage are made anew", async () => {
    for (const suffix of [".index", ".timeindex"]) {
      const directory = world.clean()
      fs.writeFileSync(log(directory, 1, suffix), Buffer.alloc(48, 0xa5))
      assert.deepInclude(await finding(directory), {
        level: "warning",
        file: `orders-0/${segmentName(1, suffix)}`
      })
    }
  })

  it("that point beside a batch are an error, with the entry's place", async () => {
    const directory = world.clean()
    const index = log(directory, 1, ".index")
    const bytes = fs.readFileSync(index)
    bytes.writeInt32BE(bytes.readInt32BE(8 + 4) + 1, 8 + 4)
    fs.writeFileSync(index, bytes)
    const found = await finding(directory)
    assert.deepInclude(found, {
      level: "error",
      file: `orders-0/${segmentName(1, ".index")}`,
      position: 8
    })
    assert.include(found.detail, `no batch begins at byte`)
  })

  it("of times that name another batch are an error", async () => {
    const directory = world.clean()
    const index = log(directory, 1, ".timeindex")
    const bytes = fs.readFileSync(index)
    bytes.writeInt32BE(bytes.readInt32BE(8) + 1, 8)
    fs.writeFileSync(index, bytes)
    assert.deepInclude(await finding(directory), { level: "error", position: 0 })
  })

  it("that end too early are an error", async () => {
    const directory = world.clean()
    truncate(log(directory, 1, ".timeindex"), 12)
    const found = await finding(directory)
    assert.deepInclude(found, { level: "error" })
    assert.include(found.detail, "it ends before the youngest record")
  })

  it("that end within an entry are only noted", async () => {
    const directory = world.clean()
    truncate(log(directory, 1, ".index"), 3)
    assert.deepInclude(await finding(directory), { level: "note" })
  })

  it("that are missing, or far too large, are made anew", async () => {
    const directory = world.clean()
    fs.rmSync(log(directory, 1, ".index"))
    fs.truncateSync(log(directory, 2, ".index"), 1 << 30)
    const found = await findings(directory)
    assert.deepStrictEqual(found.map(({ level }) => level), ["warning", "warning"])
  })
})

describe("small files", () => {
  it("that name another topic's id are an error", async () => {
    const directory = world.clean()
    const file = path.join(directory, "orders-1", "partition.metadata")
    fs.writeFileSync(file, `version: 0\ntopic_id: ${Buffer.alloc(16, 1).toString("base64url")}`)
    const found = await finding(directory)
    assert.deepInclude(found, { level: "error", file: "orders-1/partition.metadata" })
    assert.include(found.detail, "01010101-0101-0101-0101-010101010101")
  })

  it("that cannot be parsed are told", async () => {
    const broken: ReadonlyArray<readonly [string, Finding["level"]]> = [
      ["recovery-point-offset-checkpoint", "warning"],
      ["log-start-offset-checkpoint", "warning"],
      ["cleaner-offset-checkpoint", "warning"],
      ["orders-0/leader-epoch-checkpoint", "warning"],
      ["orders-0/partition.metadata", "warning"],
      ["orders-0/00000000000000000100.snapshot", "warning"],
      ["meta.properties", "error"],
      ["producer-ids", "error"]
    ]
    for (const [file, level] of broken) {
      const directory = world.clean()
      fs.writeFileSync(path.join(directory, file), "0\n1\nno such thing\n")
      assert.deepInclude(await finding(directory), { level, file })
    }
  })

  it("of the catalog are an error when broken or gone, and not each partition of it too", async () => {
    const directory = world.clean()
    fs.writeFileSync(path.join(directory, "topics.json"), "{")
    assert.deepInclude(await finding(directory), { level: "error", file: "topics.json" })
    fs.rmSync(path.join(directory, "topics.json"))
    assert.deepInclude(await finding(directory), { level: "error", file: "topics.json" })
  })

  it("of producers are held against their checksum and the log's end", async () => {
    const directory = world.clean()
    const snapshot = path.join(directory, "orders-0", "00000000000000000100.snapshot")
    fs.copyFileSync(snapshot, path.join(directory, "orders-0", "00000000000000000900.snapshot"))
    flip(snapshot, 20)
    const found = await findings(directory)
    assert.deepStrictEqual(found.map(({ level, offset }) => [level, offset]), [
      ["warning", 100],
      ["warning", 900]
    ])
    assert.include(found[0]!.detail, "checksum")
  })

  it("that lie beyond the log are told", async () => {
    const directory = world.clean()
    const write = (file: string, offset: number) =>
      fs.writeFileSync(
        path.join(directory, file),
        formatOffsets([{ topic: "orders", partition: 0, offset }])
      )
    write("cleaner-offset-checkpoint", 301)
    assert.deepInclude(await finding(directory), { level: "warning", offset: 300 })
    write("log-start-offset-checkpoint", 301)
    assert.deepInclude(await finding(directory), { level: "warning", offset: 300 })
  })
})

describe("names", () => {
  it("of strays and leftovers are told", async () => {
    const directory = world.clean()
    for (
      const name of ["gone-0", "orders-2", "orders-1.00-delete", "gone-1.x-stray", "lost+found"]
    ) fs.mkdirSync(path.join(directory, name))
    for (const name of [`${segmentName(9)}.deleted`, `${segmentName(0)}.cleaned`, "core"]) {
      fs.writeFileSync(path.join(directory, "orders-0", name), "")
    }
    const found = await findings(directory)
    const levels = Object.fromEntries(found.map(({ file, level }) => [file, level]))
    assert.notProperty(levels, "gone-0/partition.metadata")
    assert.deepInclude(levels, {
      "gone-0": "warning",
      "orders-2": "warning",
      "orders-1.00-delete": "note",
      "gone-1.x-stray": "note",
      "lost+found": "note",
      "orders-0/00000000000000000450.log.deleted": "note",
      "orders-0/00000000000000000000.log.cleaned": "note",
      "orders-0/core": "note"
    })
  })

  it("of a swap that was broken off are looked at as if it were finished", async () => {
    const directory = world.clean()
    const at = path.join(directory, "orders-0")
    fs.renameSync(
      log(directory, 1),
      path.join(at, `${"50".padStart(20, "0")}.${"150".padStart(20, "0")}.swap`)
    )
    fs.writeFileSync(
      path.join(directory, "cleaner-offset-checkpoint"),
      formatOffsets([{ topic: "orders", partition: 0, offset: 150 }])
    )
    const { partitions } = await report(directory)
    assert.deepInclude(partitions[0], { segments: 5, records: 250, verdict: "note" })
  })

  it("of a partition that is gone are missed", async () => {
    const directory = world.clean()
    fs.rmSync(path.join(directory, "orders-1"), { recursive: true })
    assert.deepInclude(await finding(directory), { level: "error", file: "orders-1" })
  })
})
