// What has settings: topics, brokers, groups and a few more, each with Kafka's number. In outcomes a
// resource goes by its text, "topic orders".

/** Kafka's numbers (ConfigResource.Type). */
const TYPES = { topic: 2, broker: 4, brokerLogger: 8, clientMetrics: 16, group: 32 } as const

export type ConfigResourceType = keyof typeof TYPES

export interface ConfigResource {
  readonly type: ConfigResourceType
  /** A topic, a group, a broker's id; "" for the defaults of all brokers. */
  readonly name: string
}

export const topic = (name: string): ConfigResource => ({ type: "topic", name })

export const group = (name: string): ConfigResource => ({ type: "group", name })

/** Without an id: what all brokers have by default. */
export const broker = (nodeId?: number): ConfigResource => ({
  type: "broker",
  name: nodeId === undefined ? "" : String(nodeId)
})

/** "topic orders": its key in outcomes. */
export const format = ({ name, type }: ConfigResource): string => `${type} ${name}`

export const numberOf = ({ type }: ConfigResource): number => TYPES[type]

/** Undefined for a type of a newer broker. */
export const ofNumber = (number: number, name: string): ConfigResource | undefined => {
  const entry = Object.entries(TYPES).find(([, known]) => known === number)
  return entry === undefined ? undefined : { type: entry[0] as ConfigResourceType, name }
}

/** The broker that alone knows the resource; undefined: any does. */
export const brokerOf = ({ name, type }: ConfigResource): number | undefined => {
  const isOwn = (type === "broker" || type === "brokerLogger") && /^\d+$/.test(name)
  return isOwn ? Number(name) : undefined
}
