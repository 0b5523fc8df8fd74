// Requests as frames: size, header, body. One encoder serves one connection; its memory is a slab that
// many requests fill one after the other.
import { RequestHeader } from "../../../domain/protocol/RequestHeader.ts"
import * as Api from "../../../domain/wire/Api.ts"
import * as Codec from "../../../domain/wire/Codec.ts"
import { WireError } from "../../../domain/wire/WireError.ts"
import { Writer } from "../../../domain/wire/Writer.ts"
import * as ClientError from "../ClientError.ts"

const headers = {
  1: Codec.of(RequestHeader, 1, false),
  2: Codec.of(RequestHeader, 2, true)
}

export class RequestEncoder {
  private readonly clientId: string
  private readonly writer = new Writer()

  constructor(clientId: string) {
    this.clientId = clientId
  }

  /** Chunks to write; large bytes of the body are among them as they are. */
  encode<A extends Api.Api>(
    api: A,
    version: number,
    correlationId: number,
    body: Api.Request<A>
  ): ReadonlyArray<Uint8Array> | ClientError.ClientError {
    const { writer } = this
    try {
      writer.beginFrame()
      headers[Api.requestHeaderVersion(api, version)].encode(writer, {
        requestApiKey: api.key,
        requestApiVersion: version,
        correlationId,
        clientId: this.clientId
      })
      Api.requestCodec(api, version).encode(writer, body)
      return writer.endFrame()
    } catch (error) {
      writer.discard()
      if (!(error instanceof WireError)) throw error
      return ClientError.malformed(api.name, error.message)
    }
  }
}
