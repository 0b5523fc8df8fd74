// A topic as kcat reads it, record by record, with its keys and tombstones.
import { kcat } from "../interop/Kcat.ts"

export interface Read {
  readonly partition: number
  readonly offset: number
  readonly key: string
  /** Null in a tombstone. */
  readonly value: string | null
}

/** Everything in the topic, from its start to its end. */
export const read = async (address: string, topic: string): Promise<ReadonlyArray<Read>> => {
  const format = ["-f", "%p\t%o\t%k\t%S\t%s\n"]
  const args = ["-C", "-t", topic, "-o", "beginning", "-e", "-q", "-X", "check.crcs=true"]
  const { code, stderr, stdout } = await kcat(address, [...args, ...format])
  if (code !== 0) throw new Error(`kcat ended with ${code}: ${stderr}`)
  return stdout.toString().split("\n").filter((line) => line !== "").map((line) => {
    const [partition, offset, key, size, value] = line.split("\t")
    return {
      partition: Number(partition),
      offset: Number(offset),
      key: key!,
      value: Number(size) < 0 ? null : value!
    }
  })
}

/** What a reader holds at the end. */
export const lastValues = (records: Iterable<Read>): ReadonlyMap<string, string> => {
  const last = new Map<string, string>()
  for (const { key, value } of records) {
    if (value === null) last.delete(key)
    else last.set(key, value)
  }
  return last
}
