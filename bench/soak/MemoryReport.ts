// Loaded into the broker's process before it (`node --import`): what only the process itself can tell of its
// memory and its event loop goes into the file MEMORY_REPORT, each second. The heap is told at its lowest of
// the last seconds, because what lies between two collections is garbage; the loop at its longest stall.
import * as fs from "node:fs"
import { monitorEventLoopDelay } from "node:perf_hooks"

const EVERY_MS = 250
const WRITE_EVERY = 4
const KEPT = 20

const file = process.env["MEMORY_REPORT"]!
const heaps: Array<number> = []
const stallsMs: Array<number> = []
const delay = monitorEventLoopDelay({ resolution: 10 })
let ticks = 0

const keep = (values: Array<number>, value: number): void => {
  values.push(value)
  if (values.length > KEPT) values.shift()
}

delay.enable()

setInterval(() => {
  const { arrayBuffers, external, heapUsed } = process.memoryUsage()
  keep(heaps, heapUsed)
  keep(stallsMs, delay.max / 1e6)
  delay.reset()
  if (ticks++ % WRITE_EVERY !== 0) return
  const report = {
    heapUsed: Math.min(...heaps),
    stallMs: Math.max(...stallsMs),
    external,
    arrayBuffers
  }
  fs.writeFileSync(`${file}.new`, JSON.stringify(report))
  fs.renameSync(`${file}.new`, file)
}, EVERY_MS).unref()
