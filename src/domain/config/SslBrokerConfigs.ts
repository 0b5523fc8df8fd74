// Settings of the broker for TLS. Keys and certificates are PEM, as text or in files; Java's own key stores
// are refused with a way out.
import { type ConfigDefinition, define } from "./ConfigDefinition.ts"

const IGNORED = { isEffective: false }
const PEM_ONLY = {
  oneOf: ["PEM"],
  advice: "key stores of Java (JKS, PKCS12) are not read here, convert them to PEM with openssl"
}

export const definitions: ReadonlyArray<ConfigDefinition> = [
  define("STRING", "ssl.keystore.type", "PEM", "Form of key and certificate: PEM.", PEM_ONLY),
  define(
    "STRING",
    "ssl.keystore.location",
    null,
    "A PEM file that holds both the key and the certificate chain."
  ),
  define(
    "PASSWORD",
    "ssl.keystore.certificate.chain",
    null,
    "The certificate chain, as PEM text or the path of a PEM file."
  ),
  define(
    "PASSWORD",
    "ssl.keystore.key",
    null,
    "The private key, as PEM text or the path of a PEM file."
  ),
  define("PASSWORD", "ssl.key.password", null, "The password of the private key."),
  define("STRING", "ssl.truststore.type", "PEM", "Form of trusted certificates: PEM.", PEM_ONLY),
  define("STRING", "ssl.truststore.location", null, "A PEM file of trusted certificates."),
  define(
    "PASSWORD",
    "ssl.truststore.certificates",
    null,
    "Trusted certificates, as PEM text or the path of a PEM file."
  ),
  define("STRING", "ssl.client.auth", "none", "Whether clients show certificates.", {
    oneOf: ["none", "requested", "required"]
  }),
  define("LIST", "ssl.enabled.protocols", "TLSv1.2,TLSv1.3", "Versions of TLS.", {
    oneOf: ["TLSv1.2", "TLSv1.3"]
  }),
  define(
    "STRING",
    "ssl.protocol",
    "TLSv1.3",
    "Version of TLS; see ssl.enabled.protocols.",
    IGNORED
  ),
  define(
    "LIST",
    "ssl.cipher.suites",
    "",
    "Cipher suites in order of preference, by OpenSSL's or by their IANA names; left out, suites with " +
      "AEAD come first."
  ),
  define(
    "STRING",
    "ssl.principal.mapping.rules",
    "DEFAULT",
    "Rules that make a principal of a certificate's subject; the whole subject is the principal.",
    IGNORED
  )
]
