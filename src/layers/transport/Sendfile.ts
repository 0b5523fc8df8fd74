// Zero copy on Linux: sendfile(2), called by way of the optional package koffi, which the program that
// wants it installs beside this one. Off unless zero.copy.fetch.min.bytes says from where on; docs/zero-copy.md has
// the figures. Where the package or the platform is missing, bytes are read and written as always.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { REFERENCE_BYTES_MIN } from "../../domain/wire/Writer.ts"
import { BrokerConfig } from "../config/BrokerConfig.ts"
import { FileSend, type FileSender, FileSendError } from "./FileSend.ts"

/** What is used of koffi; no types of it, because it is seldom there. */
interface Koffi {
  readonly load: (path: string | null) => {
    readonly func: (prototype: string) => (...args: ReadonlyArray<unknown>) => number | bigint
  }
  readonly errno: () => number
  readonly os: { readonly errno: Readonly<Record<string, number>> }
}

/** Where off_t and size_t are 64 bits wide. */
const ARCHITECTURES = new Set(["x64", "arm64", "riscv64", "loong64", "ppc64", "s390x"])
/** Linux' numbers, the same on all of them. */
const MSG_DONTWAIT = 0x40
const MSG_NOSIGNAL = 0x4000
const MSG_MORE = 0x8000

/** Undefined, with a warning, where the calls cannot be had. */
export const make = (
  bytesMin: number,
  load: () => Promise<unknown> = loadKoffi
): Effect.Effect<FileSender | undefined> =>
  Effect.gen(function*() {
    if (process.platform !== "linux" || !ARCHITECTURES.has(process.arch)) {
      return yield* without(`there is no sendfile on ${process.platform} ${process.arch}`)
    }
    return yield* Effect.tryPromise(async () => bind(await load() as Koffi, bytesMin)).pipe(
      Effect.catch(() => without("the package koffi, version 3, cannot be loaded"))
    )
  })

const without = (why: string): Effect.Effect<undefined> =>
  Effect.as(
    Effect.logWarning(`zero.copy.fetch.min.bytes has no effect, ${why}`),
    undefined
  )

/** By a name that no bundler follows. */
const loadKoffi = async (): Promise<unknown> => {
  const name = "koffi"
  const { default: koffi } = await import(name) as { readonly default: unknown }
  return koffi
}

const bind = (koffi: Koffi, bytesMin: number): FileSender => {
  const library = koffi.load(null)
  const send = library.func(
    "intptr_t send(int socket, const void *bytes, size_t length, int flags)"
  )
  const sendfile = library.func(
    "intptr_t sendfile(int socket, int file, int64_t *offset, size_t length)"
  )
  const { errno } = koffi.os
  const names = new Map(Object.entries(errno).map(([name, number]) => [number, name]))
  const refused = (operation: string): number => {
    const code = names.get(koffi.errno()) ?? String(koffi.errno())
    if (code === "EAGAIN" || code === "EWOULDBLOCK" || code === "EINTR") return 0
    throw new FileSendError(operation, code)
  }
  const offset = new BigInt64Array(1)
  return {
    bytesMin: Math.max(bytesMin, REFERENCE_BYTES_MIN),
    send: (socket, bytes, hasMore) => {
      const flags = MSG_DONTWAIT | MSG_NOSIGNAL | (hasMore ? MSG_MORE : 0)
      const count = Number(send(socket, bytes, bytes.length, flags))
      return count < 0 ? refused("send") : count
    },
    sendFile: (socket, file, position, length) => {
      offset[0] = BigInt(position)
      const count = Number(sendfile(socket, file, offset, length))
      if (count === 0 && length > 0) throw new FileSendError("sendfile", "EOF")
      return count < 0 ? refused("sendfile") : count
    }
  }
}

/** By the setting. */
export const layer: Layer.Layer<never, never, BrokerConfig> = Layer.effect(
  FileSend,
  Effect.flatMap(
    BrokerConfig,
    ({ zeroCopyFetchMinBytes }) =>
      zeroCopyFetchMinBytes === 0 ? Effect.succeed(undefined) : make(zeroCopyFetchMinBytes)
  )
)
