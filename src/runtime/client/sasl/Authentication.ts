// Tells the broker who we are, before anything else is asked on a connection: the mechanism first, then
// its messages, each in a request of its own.
// Source: KIP-43, KIP-84 (SCRAM), KIP-152 (SaslAuthenticate); RFC 4616 (PLAIN).
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import { SaslAuthenticate } from "../../../domain/protocol/SaslAuthenticate.ts"
import { SaslHandshake } from "../../../domain/protocol/SaslHandshake.ts"
import type { SaslOptions } from "../../../layers/config/ClientConfig.ts"
import * as ClientError from "../ClientError.ts"
import type { BrokerConnection } from "../cluster/BrokerConnection.ts"
import { ScramExchange } from "./Scram.ts"

const failed = (detail: string): ClientError.ClientError =>
  new ClientError.ClientError({ reason: ClientError.Reason.AuthenticationFailed({ detail }) })

export const authenticate = Effect.fnUntraced(function*(
  connection: BrokerConnection,
  options: SaslOptions
) {
  const handshake = yield* connection.request(SaslHandshake, { mechanism: options.mechanism })
  if (handshake.errorCode !== ErrorCode.NONE) {
    const offered = handshake.mechanisms.join(", ") || "none"
    return yield* failed(
      `${connection.address} does not offer ${options.mechanism}; it offers: ${offered}`
    )
  }
  const step = Effect.fnUntraced(function*(message: string) {
    const authBytes = Buffer.from(message, "utf8")
    const answer = yield* connection.request(SaslAuthenticate, { authBytes })
    if (answer.errorCode === ErrorCode.NONE) return Buffer.from(answer.authBytes).toString("utf8")
    return yield* failed(answer.errorMessage ?? "the broker did not accept the credentials")
  })
  const password = Redacted.value(options.password)
  if (options.mechanism === "PLAIN") {
    yield* step(`\0${options.username}\0${password}`)
    return
  }
  const exchange = new ScramExchange(options.mechanism, options.username, password)
  const proof = yield* attempt(exchange.prove.bind(exchange), yield* step(exchange.first))
  yield* attempt(exchange.verify.bind(exchange), yield* step(proof))
})

const attempt = <A>(
  check: (message: string) => A,
  message: string
): Effect.Effect<A, ClientError.ClientError> =>
  Effect.try({
    try: () => check(message),
    catch: (error) => failed(error instanceof Error ? error.message : String(error))
  })
