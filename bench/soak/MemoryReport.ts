// Loaded into the broker's process before it (`node --import`): what only the process itself can tell of its
// memory goes into the file MEMORY_REPORT, each second. The heap is told at its lowest of the last seconds,
// because what lies between two collections is garbage. It changes nothing else.
import * as fs from "node:fs"

const EVERY_MS = 250
const WRITE_EVERY = 4
const KEPT = 20

const file = process.env["MEMORY_REPORT"]!
const heaps: Array<number> = []
let ticks = 0

setInterval(() => {
  const { arrayBuffers, external, heapUsed } = process.memoryUsage()
  heaps.push(heapUsed)
  if (heaps.length > KEPT) heaps.shift()
  if (ticks++ % WRITE_EVERY !== 0) return
  const report = { heapUsed: Math.min(...heaps), external, arrayBuffers }
  fs.writeFileSync(`${file}.new`, JSON.stringify(report))
  fs.renameSync(`${file}.new`, file)
}, EVERY_MS).unref()
