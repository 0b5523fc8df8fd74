// One broker at a time uses a data directory: a file names the process that has it. Node has no flock,
// so a lock outlives a killed broker; it counts only while a process of that id lives which began when
// the lock's owner did, because ids come again after a reboot or in another container.
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { type Disk, type DiskError, orAbsent } from "../disk/Disk.ts"

/** The broker cannot use its data directory. */
export class LogDirectoryError extends Data.TaggedError("LogDirectoryError")<{
  readonly directory: string
  readonly detail: string
}> {
  override get message(): string {
    return `data directory ${this.directory}: ${this.detail}`
  }
}

export const LOCK = ".lock"

/** Directories in use by brokers of this process, which share its id, by the disk they are on. */
const inUse = new WeakMap<Disk["Service"], Set<string>>()

/** Takes the directory for the calling scope; refuses when another broker has it. */
export const acquire = Effect.fnUntraced(function*(disk: Disk["Service"], directory: string) {
  const file = `${directory}/${LOCK}`
  const name = path.resolve(directory)
  const ours = inUse.get(disk) ?? new Set()
  inUse.set(disk, ours)
  yield* disk.makeDirectory(directory)
  const holder = (yield* orAbsent(disk.readFile(file)))?.toString("utf8") ?? ""
  const isOthers = pidOf(holder) !== process.pid && isAlive(holder)
  if (ours.has(name) || isOthers) {
    const owner = ours.has(name) ? "another broker of this process" : `process ${holder}`
    return yield* new LogDirectoryError({
      directory,
      detail: `it is in use by ${owner}; stop that broker, or give this one its own log.dirs`
    })
  }
  ours.add(name)
  yield* Effect.addFinalizer(() =>
    Effect.andThen(Effect.ignore(disk.remove(file)), Effect.sync(() => ours.delete(name)))
  )
  yield* disk.writeFileAtomic(file, Buffer.from(`${process.pid} ${startOf(process.pid)}`))
})

/** The process that has the directory, as text; undefined when nobody has it. Changes nothing. */
export const holderOf = (
  disk: Disk["Service"],
  directory: string
): Effect.Effect<string | undefined, DiskError> =>
  Effect.map(orAbsent(disk.readFile(`${directory}/${LOCK}`)), (bytes) => {
    const holder = bytes?.toString("utf8") ?? ""
    return isAlive(holder) ? String(pidOf(holder)) : undefined
  })

const pidOf = (lock: string): number => Number(lock.split(" ")[0])

/** Whether the process that wrote the lock still lives. */
const isAlive = (lock: string): boolean => {
  const pid = pidOf(lock)
  const start = lock.split(" ")[1]
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false
  }
  return start === undefined || start === startOf(pid)
}

/** When a process began, in the kernel's words; "?" where it does not tell. */
const startOf = (pid: number): string => {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8")
    // The fields after the command's name, which is in parentheses and may hold anything.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "?"
  } catch {
    return "?"
  }
}
