// What a group of consumers reads, as far as the broker can know it: member metadata belongs to the
// clients, but those of type "consumer" agree on how it begins (ConsumerProtocolSubscription): an
// int16 version, then the topics. The broker looks only to know which offsets are in use.
import { Reader } from "../wire/Reader.ts"
import { WireError } from "../wire/WireError.ts"
import type { Group } from "./Group.ts"
import * as Member from "./Member.ts"

export const CONSUMER_PROTOCOL_TYPE = "consumer"

/** Undefined: the members say it in a way that the broker does not understand. */
export const of = (group: Group): ReadonlySet<string> | undefined => {
  if (group.protocolType !== CONSUMER_PROTOCOL_TYPE) return undefined
  const topics = new Set<string>()
  for (const member of group.members.values()) {
    const subscribed = read(Member.metadataOf(member, group.protocolName))
    if (subscribed === undefined) return undefined
    for (const topic of subscribed) topics.add(topic)
  }
  return topics
}

const read = (metadata: Uint8Array): ReadonlyArray<string> | undefined => {
  try {
    const reader = new Reader(
      Buffer.from(metadata.buffer, metadata.byteOffset, metadata.byteLength)
    )
    reader.int16()
    const topics: Array<string> = []
    for (let left = reader.int32(); left > 0; left--) topics.push(reader.string())
    return topics
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}

/** Whether the offsets of a topic must stay. */
export const isInUse = (group: Group, topic: string): boolean => {
  if (group.state === "Empty" || group.protocolType !== CONSUMER_PROTOCOL_TYPE) return false
  return of(group)?.has(topic) ?? true
}
