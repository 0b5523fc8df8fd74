// TLS options in Node's words, for both sides. Modern AEAD suites come first, and those with DHE and
// CBC that older clients ask for can still be agreed on. A certificate's subject becomes a principal
// only when an authority of ours vouches for it.
import * as Tls from "node:tls"
import { type ConnectOptions, type TlsOptions, TransportError } from "./Transport.ts"

const CIPHERS = [
  "TLS_AES_128_GCM_SHA256",
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
  "DHE-RSA-AES128-GCM-SHA256",
  "DHE-RSA-AES256-GCM-SHA384",
  "DHE-RSA-AES128-SHA256",
  "DHE-RSA-AES256-SHA256"
].join(":")

/** Throws a TransportError with reason `tls` for a PEM or a cipher list that OpenSSL refuses. */
export function makeServer(
  tls: TlsOptions,
  handshakeMs: number,
  onSecure: (socket: Tls.TLSSocket) => void
): Tls.Server {
  const clientAuth = tls.clientAuth ?? "none"
  const options: Tls.TlsOptions = {
    ...contextOptions(tls),
    // OpenSSL picks safe DHE parameters by itself; without them DHE suites are never agreed on.
    dhparam: "auto",
    honorCipherOrder: true,
    handshakeTimeout: handshakeMs,
    requestCert: clientAuth !== "none",
    rejectUnauthorized: clientAuth === "required"
  }
  checked(options)
  return Tls.createServer(options, onSecure)
}

/** Throws like `makeServer`. */
export function connectOptions(options: ConnectOptions): Tls.ConnectionOptions {
  const tls = options.tls ?? {}
  const secure = {
    ...contextOptions(tls),
    rejectUnauthorized: tls.rejectUnauthorized ?? true
  }
  checked(secure)
  return secure
}

function contextOptions(tls: Partial<TlsOptions>): Tls.SecureContextOptions {
  return {
    ...(tls.cert !== undefined && { cert: tls.cert }),
    ...(tls.key !== undefined && { key: tls.key }),
    ...(tls.keyPassphrase !== undefined && { passphrase: tls.keyPassphrase }),
    ...(tls.ca !== undefined && { ca: tls.ca }),
    minVersion: tls.minVersion ?? "TLSv1.2",
    maxVersion: tls.maxVersion ?? "TLSv1.3",
    ciphers: tls.ciphers ?? CIPHERS
  }
}

function checked(options: Tls.SecureContextOptions): void {
  try {
    Tls.createSecureContext(options)
  } catch (error) {
    throw new TransportError({ reason: "tls", detail: contextSentence(error) })
  }
}

function contextSentence(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  if (/key values mismatch/i.test(message)) return "the private key does not fit the certificate"
  if (/no start line/i.test(message)) return "the certificate, key or CA is not PEM text"
  if (/no cipher match/i.test(message)) return "OpenSSL knows none of the ciphers asked for"
  if (/bad decrypt|bad password|interrupted or cancelled|empty password/i.test(message)) {
    return "the private key is encrypted and its passphrase is missing or wrong"
  }
  return `the certificate, key or CA cannot be used: ${message}`
}

/**
 * The client behind an accepted socket: its subject, innermost name first as in RFC 2253; undefined
 * when it showed no certificate; "refused" when it showed one that nobody vouches for.
 */
export type Client = { readonly principal: string | undefined } | "refused"

export function clientOf(socket: Tls.TLSSocket): Client {
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) return { principal: undefined }
  if (!socket.authorized) return "refused"
  // Node escapes what RFC 2253 escapes and gives one name a line, outermost first.
  return { principal: certificate.subject.split("\n").toReversed().join(",") }
}

/** A failed handshake in a sentence; undefined for errors that are not about TLS. */
export function handshakeSentence(error: NodeJS.ErrnoException): string | undefined {
  const code = error.code ?? ""
  if (code === "ERR_TLS_HANDSHAKE_TIMEOUT") return "the TLS handshake took too long"
  if (code === "ERR_SSL_WRONG_VERSION_NUMBER" || code === "ERR_SSL_PACKET_LENGTH_TOO_LONG") {
    return `the other side does not speak TLS here (${code})`
  }
  if (code === "ERR_SSL_HTTP_REQUEST") return "the other side sent an HTTP request, not TLS"
  if (code === "ECONNRESET") return "the other side went away during the TLS handshake"
  const isTls = /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME|EPROTO)/.test(
    code
  )
  if (!isTls) return undefined
  // OpenSSL's own messages carry addresses and line numbers; the reason alone says it.
  const { reason = error.message } = error as { readonly reason?: string }
  return `${reason} (${code})`
}
