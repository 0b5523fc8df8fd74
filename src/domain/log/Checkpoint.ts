// Kafka's checkpoint text: a version, how many lines follow, then one line an entry. Two files of a
// log directory have it (recovery points, log start offsets), and each partition's leader epochs.
// Source: Kafka's CheckpointFile, OffsetCheckpointFile, LeaderEpochCheckpointFile.
import type { TopicPartition } from "../Topic.ts"

const VERSION = "0"

export interface CheckpointEntry extends TopicPartition {
  readonly offset: number
}

export const formatOffsets = (entries: Iterable<CheckpointEntry>): string =>
  format([...entries].map(({ offset, partition, topic }) => `${topic} ${partition} ${offset}`))

/** Undefined when the text is not a whole checkpoint: it is then as if there were none. */
export const parseOffsets = (text: string): ReadonlyArray<CheckpointEntry> | undefined =>
  parse(text, /^(\S+) (\d+) (\d+)$/, ([topic, partition, offset]) => ({
    topic: topic!,
    partition: Number(partition),
    offset: Number(offset)
  }))

export interface EpochStart {
  readonly epoch: number
  readonly startOffset: number
}

export const formatEpochs = (epochs: ReadonlyArray<EpochStart>): string =>
  format(epochs.map(({ epoch, startOffset }) => `${epoch} ${startOffset}`))

export const parseEpochs = (text: string): ReadonlyArray<EpochStart> | undefined =>
  parse(text, /^(\d+) (\d+)$/, ([epoch, startOffset]) => ({
    epoch: Number(epoch),
    startOffset: Number(startOffset)
  }))

const format = (lines: ReadonlyArray<string>): string =>
  [VERSION, String(lines.length), ...lines, ""].join("\n")

const parse = <A>(
  text: string,
  pattern: RegExp,
  make: (groups: ReadonlyArray<string>) => A
): ReadonlyArray<A> | undefined => {
  const [version, count, ...lines] = text.trimEnd().split("\n")
  if (version !== VERSION || Number(count) !== lines.length) return undefined
  const entries: Array<A> = []
  for (const line of lines) {
    const match = pattern.exec(line)
    if (match === null) return undefined
    entries.push(make(match.slice(1)))
  }
  return entries
}
