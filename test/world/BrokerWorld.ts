// A whole broker in memory, and a raw client that sends it any API at any version and decodes the answer.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { RequestHeader } from "../../src/domain/protocol/RequestHeader.ts"
import { RecordBatchBuilder } from "../../src/domain/record/RecordBatchBuilder.ts"
import * as Api from "../../src/domain/wire/Api.ts"
import * as Codec from "../../src/domain/wire/Codec.ts"
import { Reader } from "../../src/domain/wire/Reader.ts"
import { Writer } from "../../src/domain/wire/Writer.ts"
import { BrokerConfig } from "../../src/layers/config/BrokerConfig.ts"
import {
  type Connection,
  Transport,
  type TransportError
} from "../../src/layers/transport/Transport.ts"
import * as BrokerModule from "../../src/runtime/broker/Broker.ts"

/** A broker that nothing of the machine is needed for. */
export const layer = (configs: Readonly<Record<string, string>> = {}) =>
  BrokerModule.layerMemory.pipe(Layer.provide(BrokerConfig.layerTest(configs)))

export class Client {
  readonly connection: Connection
  private next = 1

  constructor(connection: Connection) {
    this.connection = connection
  }

  /** Writes a request and does not wait; gives its correlation id. */
  send<A extends Api.Api>(api: A, version: number, body: Api.Request<A>) {
    const correlationId = this.next++
    const writer = new Writer()
    const headerVersion = Api.requestHeaderVersion(api, version)
    writer.beginFrame()
    Codec.of(RequestHeader, headerVersion, headerVersion === 2).encode(writer, {
      requestApiKey: api.key,
      requestApiVersion: version,
      correlationId,
      clientId: "test"
    })
    Api.requestCodec(api, version).encode(writer, body)
    return Effect.as(this.connection.write(writer.endFrame()), correlationId)
  }

  /** A frame as it is, without the size. */
  sendRaw(bytes: Uint8Array) {
    const size = Buffer.alloc(4)
    size.writeInt32BE(bytes.length)
    return this.connection.write([size, bytes])
  }

  /** The next frames that come. */
  get frames() {
    return this.connection.take
  }

  decode<A extends Api.Api>(api: A, version: number, frame: Buffer): {
    readonly correlationId: number
    readonly response: Api.Response<A>
  } {
    const reader = new Reader(frame)
    const correlationId = reader.int32()
    if (Api.responseHeaderVersion(api, version) === 1) reader.unknownTags()
    const response = Api.responseCodec(api, version).decode(reader) as Api.Response<A>
    if (reader.remaining > 0) throw new Error(`${reader.remaining} bytes too many in an answer`)
    return { correlationId, response }
  }

  /** Sends a request and decodes its answer. */
  ask<A extends Api.Api>(
    api: A,
    version: number,
    body: Api.Request<A>
  ): Effect.Effect<Api.Response<A>, TransportError> {
    return Effect.gen({ self: this }, function*() {
      yield* this.send(api, version, body)
      const [frame] = yield* this.frames
      return this.decode(api, version, frame!).response
    })
  }
}

/** A connection to the broker of the layer. */
export const connect: Effect.Effect<
  Client,
  TransportError,
  BrokerModule.Broker | Transport | Scope.Scope
> = Effect.gen(function*() {
  const broker = yield* BrokerModule.Broker
  const transport = yield* Transport
  const { host, port } = broker.listeners[0]!
  const connection = yield* transport.connect({
    host,
    port,
    frameBytesMax: 1 << 27,
    receiveBytesMax: 1 << 27,
    timeoutMs: 1000
  })
  return new Client(connection)
})

/** A sealed batch of one record for each value. */
export const batch = (
  values: ReadonlyArray<string>,
  seal: Parameters<RecordBatchBuilder["seal"]>[0] = {},
  timestamp = 0
): Buffer => {
  const builder = new RecordBatchBuilder({ bytesMax: 1 << 20 })
  for (const value of values) builder.append(timestamp, null, Buffer.from(value))
  return builder.seal(seal)
}
