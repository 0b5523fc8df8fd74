// From `listeners` and what belongs to it to the doors that are to be opened, or sentences on why not.
import * as Listener from "../../domain/config/Listener.ts"
import type { ListenerConfig } from "./BrokerConfig.ts"

type Text = (name: string) => string

interface Read {
  readonly listeners: ReadonlyArray<ListenerConfig>
  readonly problems: ReadonlyArray<string>
}

const ANYWHERE: ReadonlySet<string> = new Set(["0.0.0.0", "::"])

export const of = (text: Text, hasCertificate: boolean): Read => {
  const problems: Array<string> = []
  const parse = (name: string) => {
    const parsed = Listener.parseList(text(name))
    if (typeof parsed !== "string") return parsed
    problems.push(`Invalid value for configuration ${name}: ${parsed}`)
    return []
  }
  const all = parse("listeners")
  const advertised = text("advertised.listeners") === "" ? [] : parse("advertised.listeners")
  problems.push(...advertisedProblems(advertised, all))
  const controllers = text("controller.listener.names").toUpperCase().split(",")
    .map((name) => name.trim())
  const served = all.filter(({ name }) => !controllers.includes(name))
  problems.push(...addressProblems(served))
  if (served.length === 0 && all.length > 0) {
    problems.push("All listeners are in controller.listener.names, and clients need one more")
  }
  const protocols = Listener.parseProtocolMap(text("listener.security.protocol.map"))
  const listeners = served.map(({ host, name, port }): ListenerConfig => {
    const protocol = protocols.get(name) ?? name
    const problem = protocolProblem(name, protocol, hasCertificate)
    if (problem !== undefined) problems.push(problem)
    const told = advertised.find((address) => address.name === name)
    return {
      name,
      protocol: protocol === "SSL" ? "SSL" : "PLAINTEXT",
      host: host === "" ? "0.0.0.0" : host,
      port,
      advertised: told === undefined ? undefined : { host: told.host, port: told.port }
    }
  })
  return { listeners, problems }
}

const protocolProblem = (
  name: string,
  protocol: string,
  hasCertificate: boolean
): string | undefined => {
  if (protocol.startsWith("SASL_")) {
    return `The listener ${name} has the protocol ${protocol}, but SASL comes later: ` +
      "use PLAINTEXT or SSL"
  }
  if (protocol !== "PLAINTEXT" && protocol !== "SSL") {
    return `The listener ${name} has the protocol ${protocol}, which is not PLAINTEXT or SSL; map ` +
      `names of your own with listener.security.protocol.map=${name}:PLAINTEXT`
  }
  return protocol === "SSL" && !hasCertificate
    ? `The listener ${name} needs a certificate: set ssl.keystore.certificate.chain and ` +
      "ssl.keystore.key to PEM files, or ssl.keystore.location to a PEM file with both"
    : undefined
}

const addressProblems = (
  listeners: ReadonlyArray<Listener.ListenerAddress>
): ReadonlyArray<string> =>
  listeners.flatMap((one, i) => {
    const other = listeners.slice(0, i).find(({ host, port }) =>
      port !== 0 && port === one.port && host === one.host
    )
    return other === undefined
      ? []
      : [`The listeners ${other.name} and ${one.name} have the same address, port ${one.port}`]
  })

const advertisedProblems = (
  advertised: ReadonlyArray<Listener.ListenerAddress>,
  listeners: ReadonlyArray<Listener.ListenerAddress>
): ReadonlyArray<string> =>
  advertised.flatMap(({ host, name, port }) => {
    if (!listeners.some((listener) => listener.name === name)) {
      const names = listeners.map((listener) => listener.name).join(", ")
      return [`advertised.listeners names ${name}, which is not among the listeners: ${names}`]
    }
    if (host === "" || ANYWHERE.has(host) || port === 0) {
      return [
        `advertised.listeners needs a host and a port that clients can dial for ${name}; without ` +
        "advertised.listeners they are told the address that they dialled"
      ]
    }
    return []
  })
