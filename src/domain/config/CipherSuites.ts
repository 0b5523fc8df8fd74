// Cipher suites have two names: IANA's, which Kafka's settings use, and OpenSSL's, which Node takes.

/**
 * OpenSSL's name of a suite that a certificate authenticates; names that are OpenSSL's already, or
 * TLS 1.3's, stay as they are.
 */
export const toOpenSsl = (name: string): string => {
  const match = /^TLS_(.+?)_WITH_(.+?)(?:_(SHA\d*))?$/.exec(name.trim())
  if (match === null) return name.trim()
  const [, exchange, cipher, digest] = match
  const parts = [...exchangeOf(exchange!, cipher!), cipherOf(cipher!)]
  // CHACHA20 and CCM imply their digest.
  if (digest !== undefined && !cipher!.startsWith("CHACHA20")) parts.push(digest)
  return parts.join("-")
}

/** A key exchanged by RSA is not said, nor is RSA where ARIA follows ECDHE. */
const exchangeOf = (exchange: string, cipher: string): ReadonlyArray<string> => {
  if (exchange === "RSA") return []
  if (exchange === "ECDHE_RSA" && cipher.startsWith("ARIA")) return ["ECDHE"]
  return [exchange.replaceAll("_", "-")]
}

const cipherOf = (cipher: string): string =>
  cipher
    .replace(/^3DES_EDE_CBC$/, "DES_CBC3")
    .replace(/^(AES|ARIA|CAMELLIA)_(\d+)/, "$1$2")
    .replace(/^(AES\d+|CAMELLIA\d+)_CBC$/, "$1")
    .replace(/CCM_8$/, "CCM8")
    .replaceAll("_", "-")
