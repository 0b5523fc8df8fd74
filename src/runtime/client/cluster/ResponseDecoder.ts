// Answers out of frames, each in the version of the request that it belongs to.
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import { ApiVersions } from "../../../domain/protocol/ApiVersions.ts"
import { ResponseHeader } from "../../../domain/protocol/ResponseHeader.ts"
import * as Api from "../../../domain/wire/Api.ts"
import * as Codec from "../../../domain/wire/Codec.ts"
import { Reader } from "../../../domain/wire/Reader.ts"
import * as ClientError from "../ClientError.ts"
import type { Waiting } from "./WaitingRequests.ts"

const CORRELATION_ID_BYTES = 4

const flexibleHeader = Codec.of(ResponseHeader, 1, true)

/** The response, whose bytes are views of the frame; or why it is none. */
export const decode = (
  { api, correlationId, version }: Waiting,
  frame: Buffer
): unknown => {
  try {
    const reader = new Reader(frame)
    const answered = Api.responseHeaderVersion(api, version) === 1
      ? flexibleHeader.decode(reader).correlationId
      : reader.int32()
    if (answered !== correlationId) {
      const detail = `request ${answered} is answered instead of ${correlationId}`
      return ClientError.malformed(api.name, detail)
    }
    return Api.responseCodec(api, isForeignVersion(api, frame) ? 0 : version).decode(reader)
  } catch (error) {
    return ClientError.malformed(api.name, error instanceof Error ? error.message : String(error))
  }
}

/** A broker that does not know our version of ApiVersions answers in version 0 (KIP-511). */
const isForeignVersion = (api: Api.Api, frame: Buffer): boolean =>
  api.key === ApiVersions.key &&
  frame.readInt16BE(CORRELATION_ID_BYTES) === ErrorCode.UNSUPPORTED_VERSION
