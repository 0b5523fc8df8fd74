// Listeners as they are written: NAME://HOST:PORT. A name is a security protocol, or is mapped to one.

export interface ListenerAddress {
  readonly name: string
  readonly host: string
  readonly port: number
}

/** The entries of a list, or the sentence that says which one is wrong. */
export const parseList = (text: string): ReadonlyArray<ListenerAddress> | string => {
  const listeners: Array<ListenerAddress> = []
  for (const entry of text.split(",").map((item) => item.trim()).filter((item) => item !== "")) {
    const match = /^([A-Za-z0-9_]+):\/\/(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(entry)
    const port = Number(match?.[4])
    if (match === null || port > 65535) {
      return `"${entry}" is not a listener: write it as PLAINTEXT://127.0.0.1:9092`
    }
    listeners.push({ name: match[1]!.toUpperCase(), host: match[2] ?? match[3]!, port })
  }
  if (listeners.length === 0) return "at least one listener is needed"
  const names = listeners.map(({ name }) => name)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  return twice === undefined ? listeners : `the listener ${twice} is named twice`
}

/** "A:PLAINTEXT,B:SSL" -> protocol by name. */
export const parseProtocolMap = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text.split(",").filter((item) => item.includes(":")).map((item) => {
      const [name, protocol] = item.split(":").map((part) => part.trim().toUpperCase())
      return [name!, protocol!]
    })
  )
