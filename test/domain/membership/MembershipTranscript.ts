// What a membership does, as lines that can be read: an event and the actions that it asked for.
import * as TopicPartitions from "../../../src/domain/TopicPartitions.ts"

/** "orders-0 orders-1" as a value. */
export const partitions = (text: string): TopicPartitions.TopicPartitions => {
  const result = new Map<string, Set<number>>()
  for (const name of text.split(" ").filter((word) => word !== "")) {
    const at = name.lastIndexOf("-")
    TopicPartitions.add(result, name.slice(0, at), Number(name.slice(at + 1)))
  }
  return result
}

const shown = (value: unknown): string => {
  if (value instanceof Map) {
    const all = [...TopicPartitions.each(value as TopicPartitions.TopicPartitions)]
    return all.map(([topic, partition]) => `${topic}-${partition}`).join(" ")
  }
  if (value === null || value === undefined || value === false) return ""
  if (typeof value === "object") {
    return "_tag" in value ? described(value as { _tag: string }) : "yes"
  }
  return JSON.stringify(value).replaceAll("\"", "")
}

/** "Join reason: the group rebalances". */
export const described = (action: { readonly _tag: string }): string =>
  [
    action._tag,
    ...Object.entries(action).filter(([key, value]) => key !== "_tag" && shown(value) !== "")
      .map(([key, value]) => `${key}: ${shown(value)}`)
  ].join(" ")
