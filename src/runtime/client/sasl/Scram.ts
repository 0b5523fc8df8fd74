// SCRAM, the client's side: proves to know the password without sending it, and checks that the broker
// knows it too. Three messages: ours, the broker's challenge, our proof; then the broker's own proof.
// Source: RFC 5802, RFC 7677; KIP-84.
import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from "node:crypto"

export type ScramMechanism = "SCRAM-SHA-256" | "SCRAM-SHA-512"

const HASHES = { "SCRAM-SHA-256": "sha256", "SCRAM-SHA-512": "sha512" } as const
const KEY_BYTES = { "SCRAM-SHA-256": 32, "SCRAM-SHA-512": 64 } as const

/** Kafka stores no credential with fewer; a broker that asks for less makes guessing cheap. */
const ITERATIONS_MIN = 4096
/** A broker that asks for more holds the client up for seconds. */
const ITERATIONS_MAX = 1_000_000

/** What is wrong with the broker's side of the exchange. */
export class ScramError extends Error {}

export class ScramExchange {
  /** The first message. */
  readonly first: string
  private readonly mechanism: ScramMechanism
  private readonly password: string
  private readonly nonce: string
  private readonly bare: string
  private serverSignature: Buffer | undefined

  constructor(
    mechanism: ScramMechanism,
    username: string,
    password: string,
    nonce = randomBytes(24).toString("base64url")
  ) {
    this.mechanism = mechanism
    this.password = password.normalize("NFKC")
    this.nonce = nonce
    const name = username.normalize("NFKC").replaceAll("=", "=3D").replaceAll(",", "=2C")
    this.bare = `n=${name},r=${nonce}`
    this.first = `n,,${this.bare}`
  }

  /** The second message, in answer to the broker's challenge. Throws ScramError. */
  prove(challenge: string): string {
    const { i: iterationsText, r: nonce, s: salt } = attributesOf(challenge)
    const iterations = Number(iterationsText)
    if (nonce === undefined || salt === undefined || !nonce.startsWith(this.nonce)) {
      throw new ScramError("the broker's challenge does not belong to this exchange")
    }
    if (!(iterations >= ITERATIONS_MIN && iterations <= ITERATIONS_MAX)) {
      throw new ScramError(`the broker asks for ${iterationsText} iterations, which is not safe`)
    }
    const hash = HASHES[this.mechanism]
    const hmac = (key: Buffer, text: string) => createHmac(hash, key).update(text).digest()
    const salted = pbkdf2Sync(
      this.password,
      Buffer.from(salt, "base64"),
      iterations,
      KEY_BYTES[this.mechanism],
      hash
    )
    const clientKey = hmac(salted, "Client Key")
    const storedKey = createHash(hash).update(clientKey).digest()
    const withoutProof = `c=biws,r=${nonce}`
    const authMessage = `${this.bare},${challenge},${withoutProof}`
    const clientSignature = hmac(storedKey, authMessage)
    this.serverSignature = hmac(hmac(salted, "Server Key"), authMessage)
    const proof = clientKey.map((byte, index) => byte ^ clientSignature[index]!)
    return `${withoutProof},p=${Buffer.from(proof).toString("base64")}`
  }

  /** Checks the broker's last message. Throws ScramError. */
  verify(final: string): void {
    const { e: error, v: signature = "" } = attributesOf(final)
    if (error !== undefined) throw new ScramError(`the broker refused: ${error}`)
    const given = Buffer.from(signature, "base64")
    const wanted = this.serverSignature
    if (wanted?.length !== given.length || !timingSafeEqual(wanted, given)) {
      throw new ScramError("the broker does not know the password: it may be an impostor")
    }
  }
}

const attributesOf = (message: string): Partial<Record<string, string>> =>
  Object.fromEntries(message.split(",").map((part) => [part.slice(0, 1), part.slice(2)]))
