// From the ssl.* settings to what TLS needs, or sentences on why not. Files are not opened here: a
// listener reads them when it opens, and again on reload.
import * as Tls from "node:tls"
import * as CipherSuites from "../../domain/config/CipherSuites.ts"
import { toList } from "../../domain/config/ConfigDefinition.ts"
import type { SslConfig } from "./BrokerConfig.ts"

interface Read {
  /** Undefined when there is no certificate. */
  readonly ssl: SslConfig | undefined
  readonly problems: ReadonlyArray<string>
}

export const of = (text: (name: string) => string): Read => {
  const given = (name: string): string | undefined => {
    const value = text(name)
    return value === "" ? undefined : value
  }
  const both = given("ssl.keystore.location")
  const certificate = given("ssl.keystore.certificate.chain") ?? both
  const key = given("ssl.keystore.key") ?? both
  const problems = [...storeProblems(given)]
  if (certificate === undefined || key === undefined) {
    if (certificate !== key) {
      problems.push("ssl.keystore.certificate.chain and ssl.keystore.key must be given together")
    }
    return { ssl: undefined, problems }
  }
  const trust = given("ssl.truststore.certificates") ?? given("ssl.truststore.location")
  const clientAuth = text("ssl.client.auth") as SslConfig["clientAuth"] // The table allows no other.
  if (clientAuth === "required" && trust === undefined) {
    problems.push(
      "ssl.client.auth=required needs the authorities that clients' certificates come from: set " +
        "ssl.truststore.certificates or ssl.truststore.location to a PEM file"
    )
  }
  // The same: the table allows no other.
  const protocols = toList(text("ssl.enabled.protocols")) as SslConfig["protocols"]
  if (protocols.length === 0) {
    problems.push("ssl.enabled.protocols must name at least one of TLSv1.2, TLSv1.3")
  }
  const suites = toList(text("ssl.cipher.suites")).flatMap((suite) => suite.split(":"))
  problems.push(...suites.flatMap(suiteProblem))
  return {
    ssl: {
      certificate,
      key,
      keyPassphrase: given("ssl.key.password"),
      trust,
      clientAuth,
      protocols,
      cipherSuites: suites.length === 0 ? undefined : suites.map(CipherSuites.toOpenSsl).join(":")
    },
    problems
  }
}

/** Java's key stores have other names than PEM files. */
const storeProblems = (given: (name: string) => string | undefined): ReadonlyArray<string> =>
  ["ssl.keystore.location", "ssl.truststore.location"]
    .filter((name) => /\.(jks|p12|pfx|pkcs12)$/i.test(given(name) ?? ""))
    .map((name) =>
      `Invalid value ${JSON.stringify(given(name))} for configuration ${name}: it must be a PEM ` +
      "file; key stores of Java (JKS, PKCS12) are not read here, convert them to PEM with openssl"
    )

/** OpenSSL skips suites that it does not know, so each is tried alone; expressions are left to it. */
const suiteProblem = (suite: string): ReadonlyArray<string> => {
  const name = CipherSuites.toOpenSsl(suite)
  if (!/^[A-Za-z0-9][\w-]*$/.test(name)) return []
  try {
    Tls.createSecureContext({ ciphers: name })
    return []
  } catch {
    return [
      `Invalid value ${
        JSON.stringify(suite)
      } for configuration ssl.cipher.suites: OpenSSL has no ` +
      "such suite; write DHE-RSA-AES128-SHA256 or TLS_DHE_RSA_WITH_AES_128_CBC_SHA256"
    ]
  }
}
