// The directories of a simulated disk: names as programs see them, and as the device has them. A name
// that was made, moved or removed is only sure to be so once its directory was synced.
import { type DiskEntry, DiskError } from "./Disk.ts"
import { MemoryContent } from "./MemoryContent.ts"

type Node = MemoryContent | Directory

class Directory {
  entries = new Map<string, Node>()
  durable = new Map<string, Node>()

  sync(): void {
    this.durable = new Map(this.entries)
  }
}

export class MemoryNames {
  private readonly root = new Directory()

  find(path: string): Node | undefined {
    let node: Node | undefined = this.root
    for (const name of partsOf(path)) {
      node = node instanceof Directory ? node.entries.get(name) : undefined
    }
    return node
  }

  file(path: string): MemoryContent | undefined {
    const node = this.find(path)
    return node instanceof MemoryContent ? node : undefined
  }

  /** False when the directory it should lie in is not there. */
  put(path: string, node: Node): boolean {
    const [parent, name] = this.place(path)
    checkName(path, name)
    parent?.entries.set(name, node)
    return parent !== undefined
  }

  /** Makes a directory and its parents, durably. */
  makeDirectory(path: string): void {
    let parent = this.root
    for (const name of partsOf(path)) {
      checkName(path, name)
      const found = parent.entries.get(name)
      if (found instanceof MemoryContent) {
        throw new DiskError({
          operation: "make directory",
          path,
          reason: "exists",
          cause: "a file"
        })
      }
      const directory = found ?? new Directory()
      parent.entries.set(name, directory)
      parent.durable.set(name, directory)
      parent = directory
    }
  }

  list(path: string): ReadonlyArray<DiskEntry> {
    const directory = this.find(path)
    if (!(directory instanceof Directory)) {
      const reason = directory === undefined ? "notFound" : "io"
      throw new DiskError({ operation: "list", path, reason, cause: "no directory" })
    }
    return [...directory.entries].map(([name, node]) => ({
      name,
      isDirectory: node instanceof Directory
    }))
  }

  rename(from: string, to: string): boolean {
    const node = this.find(from)
    if (node === undefined) return false
    if (partsOf(from).join("/") === partsOf(to).join("/")) return true
    const replaced = this.find(to)
    if (replaced instanceof Directory && replaced.entries.size > 0) {
      throw new DiskError({ operation: "rename", path: to, reason: "exists", cause: "not empty" })
    }
    if (!this.put(to, node)) return false
    this.remove(from)
    return true
  }

  remove(path: string): void {
    const [parent, name] = this.place(path)
    parent?.entries.delete(name)
  }

  stat(path: string): { readonly sizeBytes: number; readonly modifiedMs: number } | undefined {
    const node = this.find(path)
    if (node === undefined) return undefined
    return { sizeBytes: node instanceof MemoryContent ? node.sizeBytes : 0, modifiedMs: 0 }
  }

  /** False when there is no such directory. */
  syncDirectory(path: string): boolean {
    const directory = this.find(path)
    if (directory instanceof Directory) directory.sync()
    return directory instanceof Directory
  }

  /** Makes one name durable, with what it stands for now. */
  syncName(path: string): void {
    const [parent, name] = this.place(path)
    const node = parent?.entries.get(name)
    if (parent !== undefined && node !== undefined) parent.durable.set(name, node)
  }

  /** Each directory is as it was when synced last; where `random` says so, as it was seen last. */
  crash(random: (() => number) | undefined): void {
    for (const directory of this.directories(this.root)) {
      if (random !== undefined && random() < 0.5) directory.sync()
      else directory.entries = new Map(directory.durable)
    }
  }

  *contents(): IterableIterator<MemoryContent> {
    for (const directory of this.directories(this.root)) {
      for (const node of directory.entries.values()) if (node instanceof MemoryContent) yield node
    }
  }

  private *directories(directory: Directory): IterableIterator<Directory> {
    yield directory
    for (const node of directory.entries.values()) {
      if (node instanceof Directory) yield* this.directories(node)
    }
  }

  private place(path: string): readonly [Directory | undefined, string] {
    const parts = partsOf(path)
    const parent = this.find(parts.slice(0, -1).join("/"))
    return [parent instanceof Directory ? parent : undefined, parts.at(-1) ?? ""]
  }
}

/** As on most real disks. */
const checkName = (path: string, name: string): void => {
  if (name.length > 255) {
    throw new DiskError({ operation: "name", path, reason: "io", cause: "the name is too long" })
  }
}

const partsOf = (path: string): ReadonlyArray<string> =>
  path.split("/").filter((part) => part !== "" && part !== ".")
