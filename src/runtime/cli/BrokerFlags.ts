// How commands are told which broker to talk to and how: the same flags for all, parsed into one plain
// value. What is wrong with them is wrong usage, told before anything is dialled.
import * as Flag from "effect/cli/Flag"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { UsageError } from "./ExitCode.ts"

const DEFAULT_PORT = 9092
const EXPECTED = "HOST:PORT, or several with commas"
const MECHANISMS = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] as const

export interface Address {
  readonly host: string
  readonly port: number
}

/** Paths of PEM files; without `ca` the authorities that Node knows are believed. */
export interface TlsFiles {
  readonly ca: string | undefined
  readonly cert: string | undefined
  readonly key: string | undefined
}

export interface Credentials {
  readonly mechanism: typeof MECHANISMS[number]
  readonly user: string
  readonly password: string
}

/** What a command needs to know to reach a cluster. */
export interface BrokerTarget {
  /** Not empty; any of them will do. */
  readonly bootstrap: ReadonlyArray<Address>
  /** Undefined: in plain text. */
  readonly tls: TlsFiles | undefined
  readonly sasl: Credentials | undefined
}

/** "one:9092,two,[::1]:9093"; throws what is expected. */
const parseBootstrap = (text: string): ReadonlyArray<Address> =>
  text.split(",").map((place) => {
    const match = /^(?:\[([^\]]+)\]|([^:[\]\s]+))(?::(\d{1,5}))?$/.exec(place.trim())
    const port = Number(match?.[3] ?? DEFAULT_PORT)
    if (match === null || port > 65535) throw EXPECTED
    return { host: match[1] ?? match[2]!, port }
  })

const path = (name: string, description: string) =>
  Flag.String(name).pipe(
    Flag.withMetavar("FILE"),
    Flag.withDescription(description),
    Flag.optional
  )

/** Belongs under a name of its own: `Command.make("ls", { broker: BrokerFlags.flags, ... })`. */
export const flags = {
  bootstrap: Flag.String("bootstrap").pipe(
    Flag.withAlias("b"),
    Flag.withMetavar("HOST:PORT"),
    Flag.withDescription("A broker of the cluster, or several with commas (MYMQ_BOOTSTRAP)"),
    Flag.withFallbackConfig(Config.String("MYMQ_BOOTSTRAP")),
    Flag.withDefault(`127.0.0.1:${DEFAULT_PORT}`),
    Flag.mapTryCatch(parseBootstrap, String)
  ),
  tls: Flag.Boolean("tls").pipe(
    Flag.withDescription("Speak TLS; --ca, --cert and --key imply it"),
    Flag.withDefault(false)
  ),
  ca: path("ca", "Certificates of the authorities to believe, as PEM"),
  cert: path("cert", "The certificate to show, as PEM"),
  key: path("key", "The key of that certificate, as PEM"),
  sasl: Flag.String("sasl").pipe(
    Flag.withMetavar("USER:PASSWORD"),
    Flag.withDescription("Whom to log in as"),
    Flag.optional
  ),
  saslMechanism: Flag.Literals("sasl-mechanism", MECHANISMS).pipe(
    Flag.withDescription("How to log in"),
    Flag.withDefault("PLAIN")
  )
}

/** What the flags above give a handler. */
export interface Given {
  readonly bootstrap: ReadonlyArray<Address>
  readonly tls: boolean
  readonly ca: Option.Option<string>
  readonly cert: Option.Option<string>
  readonly key: Option.Option<string>
  readonly sasl: Option.Option<string>
  readonly saslMechanism: Credentials["mechanism"]
}

export const target = (given: Given): Effect.Effect<BrokerTarget, UsageError> => {
  const files: TlsFiles = {
    ca: Option.getOrUndefined(given.ca),
    cert: Option.getOrUndefined(given.cert),
    key: Option.getOrUndefined(given.key)
  }
  if ((files.cert === undefined) !== (files.key === undefined)) {
    return refused("--cert and --key are given together or not at all")
  }
  const login = Option.getOrUndefined(given.sasl)
  const colon = login?.indexOf(":") ?? 0
  if (colon < 0) return refused("--sasl is USER:PASSWORD, and has no colon")
  const isTls = given.tls || Object.values(files).some((file) => file !== undefined)
  return Effect.succeed({
    bootstrap: given.bootstrap,
    tls: isTls ? files : undefined,
    sasl: login === undefined ? undefined : {
      mechanism: given.saslMechanism,
      user: login.slice(0, colon),
      password: login.slice(colon + 1)
    }
  })
}

const refused = (detail: string): Effect.Effect<never, UsageError> =>
  Effect.fail(new UsageError({ detail }))
