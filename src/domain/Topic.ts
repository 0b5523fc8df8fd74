// What a topic and a partition are called, and which names are legal (Kafka's Topic class).

/** 1 to 249 characters of [a-zA-Z0-9._-], neither "." nor "..". */
export type TopicName = string
/** A version 4 UUID in its usual text form; on the wire 16 bytes. */
export type TopicId = string
/** From 0. */
export type PartitionId = number

export interface TopicPartition {
  readonly topic: TopicName
  readonly partition: PartitionId
}

export const NAME_LENGTH_MAX = 249
/** "No topic id": sixteen zero bytes on the wire. */
export const NO_TOPIC_ID: TopicId = "00000000-0000-0000-0000-000000000000"

/** Why `name` cannot be a topic's name, or undefined when it can. */
export const invalidName = (name: string): string | undefined => {
  if (name.length === 0) return "the topic name is empty"
  if (name === "." || name === "..") return `the topic name cannot be "${name}"`
  if (name.length > NAME_LENGTH_MAX) {
    return `the topic name has ${name.length} characters, at most ${NAME_LENGTH_MAX} are allowed`
  }
  if (!/^[a-zA-Z0-9._-]+$/.test(name)) {
    return `the topic name "${name}" may only hold ASCII letters, digits, ".", "_" and "-"`
  }
  return undefined
}

/**
 * Two names collide when they differ only in "." and "_": their metrics would have one name.
 * Kafka refuses the second (Topic.hasCollision).
 */
export const collisionKey = (name: TopicName): string => name.replaceAll(".", "_")

/** Where a broker keeps its own affairs; a name that only begins with "__" is anybody's. */
const INTERNAL: ReadonlySet<TopicName> = new Set([
  "__consumer_offsets",
  "__transaction_state",
  "__share_group_state"
])

export const isInternal = (name: TopicName): boolean => INTERNAL.has(name)

/** "orders-0": the directory of a partition, and its name in logs. */
export const format = (topic: TopicName, partition: PartitionId): string => `${topic}-${partition}`

/** The inverse of `format`; undefined for a name that is not of that form. */
export const parse = (text: string): TopicPartition | undefined => {
  const match = /^(.+)-(\d{1,10})$/.exec(text)
  return match === null ? undefined : { topic: match[1]!, partition: Number(match[2]) }
}
