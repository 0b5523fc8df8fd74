// Stands between clients and a broker and remembers what they say. It passes bytes on unchanged,
// cuts each direction into frames and pairs a request with its response by the correlation id,
// which every connection counts for itself. A request that gets no response (acks=0) is not kept.
import * as net from "node:net"

export interface Exchange {
  readonly apiKey: number
  readonly version: number
  readonly clientId: string
  /** Who was driving when the connection was opened. */
  readonly driver: string
  readonly request: Buffer
  readonly response: Buffer
}

export interface RecordingProxy {
  readonly exchanges: ReadonlyArray<Exchange>
  /** Names the driver of the connections opened from now on. */
  readonly drivenBy: (driver: string) => void
  readonly close: () => Promise<void>
}

/** Calls back with each whole frame, its size prefix cut off. */
const frames = (onFrame: (frame: Buffer) => void) => {
  let rest: Buffer = Buffer.alloc(0)
  return (chunk: Buffer): void => {
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const end = 4 + rest.readInt32BE(0)
      onFrame(Buffer.from(rest.subarray(4, end)))
      rest = rest.subarray(end)
    }
  }
}

const clientIdOf = (request: Buffer): string => {
  const length = request.length < 10 ? -1 : request.readInt16BE(8)
  return length < 0 ? "" : request.toString("utf8", 10, 10 + length)
}

const record = (driver: string, exchanges: Array<Exchange>) => {
  const waiting = new Map<number, Buffer>()
  return {
    onRequest: frames((request) => waiting.set(request.readInt32BE(4), request)),
    onResponse: frames((response) => {
      const request = waiting.get(response.readInt32BE(0))
      if (request === undefined) return
      waiting.delete(response.readInt32BE(0))
      exchanges.push({
        apiKey: request.readInt16BE(0),
        version: request.readInt16BE(2),
        clientId: clientIdOf(request),
        driver,
        request,
        response
      })
    })
  }
}

/** Listens on one port and speaks to the other, both of this machine. */
export const listen = async (listenPort: number, brokerPort: number): Promise<RecordingProxy> => {
  const exchanges: Array<Exchange> = []
  const sockets = new Set<net.Socket>()
  let driver = ""
  const server = net.createServer((client) => {
    const { onRequest, onResponse } = record(driver, exchanges)
    const broker = net.connect(brokerPort, "127.0.0.1")
    for (
      const [from, to, note] of [[client, broker, onRequest], [broker, client, onResponse]] as const
    ) {
      sockets.add(from)
      from.on("data", note)
      from.on("error", () => to.destroy())
      from.on("close", () => sockets.delete(from))
      from.pipe(to)
    }
  })
  await new Promise<void>((resolve) => server.listen(listenPort, "127.0.0.1", resolve))
  return {
    exchanges,
    drivenBy: (name) => {
      driver = name
    },
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    }
  }
}
