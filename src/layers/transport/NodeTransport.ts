// The transport over node:net and node:tls. Node's sockets are used directly because a pull for each
// chunk through streams costs several times what the kernel's read does (bench/layers/transport).
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Net from "node:net"
import * as NodeTls from "node:tls"
import { FileSend } from "./FileSend.ts"
import { NodeConnection } from "./NodeConnection.ts"
import { listen } from "./NodeListener.ts"
import * as Tls from "./Tls.ts"
import { type ConnectOptions, Transport, TransportError } from "./Transport.ts"

/** Accepted connections send files as `FileSend` says. */
export const layer: Layer.Layer<Transport> = Layer.effect(
  Transport,
  Effect.map(FileSend, (sender) => ({
    listen: (options, onConnection) => listen(sender, options, onConnection),
    connect: (options) =>
      Effect.acquireRelease(dial(options), (connection) => connection.close, {
        interruptible: true
      })
  }))
)

const dial = (options: ConnectOptions): Effect.Effect<NodeConnection, TransportError> =>
  Effect.callback((resume) => {
    const connection = new NodeConnection(options)
    let socket: Net.Socket
    try {
      socket = open(options, connection)
    } catch (error) {
      return resume(Effect.fail(dialError(error as Error, options)))
    }
    const failed = (error: Error) => {
      clearTimeout(timer)
      socket.destroy()
      resume(Effect.fail(dialError(error, options)))
    }
    const timer = setTimeout(() =>
      failed(
        new TransportError({
          reason: "timeout",
          detail: `${options.host}:${options.port} did not answer within ${options.timeoutMs} ms`
        })
      ), options.timeoutMs)
    socket.once("error", failed)
    socket.once(options.tls === undefined ? "connect" : "secureConnect", () => {
      clearTimeout(timer)
      socket.off("error", failed)
      resume(Effect.succeed(connection.attach(socket, undefined)))
    })
    return Effect.sync(() => {
      clearTimeout(timer)
      socket.destroy()
    })
  })

function open(options: ConnectOptions, connection: NodeConnection): Net.Socket {
  const { host, port } = options
  // The typings of tls.connect leave out what it hands on to the socket: `onread` and `noDelay`.
  const common = {
    host,
    port,
    noDelay: true,
    keepAlive: true,
    allowHalfOpen: true,
    ...(process.platform !== "win32" && { onread: connection.onread() })
  }
  const socket = options.tls === undefined
    ? Net.connect(common)
    : NodeTls.connect({
      ...common,
      ...Tls.connectOptions(options),
      ...(Net.isIP(host) === 0 && { servername: host })
    })
  if (process.platform === "win32") connection.readByEvents(socket)
  return socket
}

function dialError(error: NodeJS.ErrnoException, options: ConnectOptions): TransportError {
  if (error instanceof TransportError) return error
  const where = `${options.host}:${options.port}`
  switch (error.code) {
    case "ECONNREFUSED":
      return new TransportError({ reason: "refused", detail: `nobody listens on ${where}` })
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new TransportError({ reason: "refused", detail: `no address is known for ${where}` })
    case "ETIMEDOUT":
      return new TransportError({ reason: "timeout", detail: `${where} did not answer` })
    default: {
      const handshake = options.tls === undefined ? undefined : Tls.handshakeSentence(error)
      return handshake === undefined
        ? new TransportError({ reason: "io", detail: `connecting to ${where}: ${error.message}` })
        : new TransportError({ reason: "tls", detail: `${where}: ${handshake}` })
    }
  }
}
