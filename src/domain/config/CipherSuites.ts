// Cipher suites have two names: IANA's, which Kafka's settings use, and OpenSSL's, which Node takes.

/** OpenSSL's name of a suite; names that are OpenSSL's already, or TLS 1.3's, stay as they are. */
export const toOpenSsl = (name: string): string => {
  const match = /^TLS_(.+)_WITH_(.+)_(SHA\d*|CCM|CCM_8)$/.exec(name.trim())
  if (match === null) return name.trim()
  const exchange = match[1] === "RSA" ? "" : `${match[1]!.replaceAll("_", "-")}-`
  const digest = match[3]!.replaceAll("_", "")
  const cipher = match[2]!
    .replace("CHACHA20_POLY1305", "CHACHA20-POLY1305")
    .replace(/^AES_(\d+)_GCM$/, "AES$1-GCM")
    .replace(/^AES_(\d+)_CBC$/, "AES$1")
    .replaceAll("_", "-")
  return cipher === "CHACHA20-POLY1305" ? `${exchange}${cipher}` : `${exchange}${cipher}-${digest}`
}
