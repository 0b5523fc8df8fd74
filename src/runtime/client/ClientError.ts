// Why a call of the client failed: one error with a reason that says which of few things it was, so that
// `Effect.catchReason("ClientError", "BrokerRefused", ...)` picks one. It is made once a request or batch,
// never once a record.
import * as Data from "effect/Data"
import * as ErrorCode from "../../domain/ErrorCode.ts"

export type Reason = Data.TaggedEnum<{
  /** The broker answered with an error code of Kafka's; `detail` is its own sentence, or ours. */
  BrokerRefused: {
    readonly api: string
    readonly errorCode: ErrorCode.ErrorCode
    readonly name: string
    readonly detail: string
  }
  /** No connection came about, or it broke before the answer: the request may have been done. */
  ConnectionLost: { readonly address: string; readonly detail: string }
  /** The answer did not come in time: the request may have been done. */
  RequestTimedOut: { readonly what: string; readonly timeoutMs: number }
  /** The broker serves no version of the API that we speak, or not the feature. */
  NotSupported: { readonly api: string; readonly detail: string }
  /** The broker did not believe who we are. */
  AuthenticationFailed: { readonly detail: string }
  /** The answer cannot be read, or the request cannot be written. */
  Malformed: { readonly api: string; readonly detail: string }
  /** The memory for records that wait to be sent is used up, and the caller did not want to wait. */
  BufferFull: { readonly bytesMax: number }
  /** The record is larger than a request may be. */
  RecordTooLarge: { readonly bytes: number; readonly bytesMax: number }
  /** delivery.timeout.ms is over: the record may or may not have been written. */
  DeliveryTimedOut: { readonly topic: string; readonly partition: number; readonly detail: string }
  /** No offset is known to begin at, and nothing was said of what to do then (auto.offset.reset). */
  NoOffset: { readonly topic: string; readonly partition: number; readonly detail: string }
  /** A batch cannot be opened: its checksum, its codec or its records are wrong. */
  CorruptRecords: {
    readonly topic: string
    readonly partition: number
    readonly offset: number
    readonly detail: string
  }
  /** What the application is told of partitions that come and go died; its membership is over. */
  ListenerDied: { readonly detail: string }
  /** The client, or what was used of it, is closed. */
  Closed: { readonly detail: string }
  /** The call makes no sense; `detail` says what would. */
  InvalidArgument: { readonly detail: string }
}>

export const Reason = Data.taggedEnum<Reason>()

export class ClientError extends Data.TaggedError("ClientError")<{ readonly reason: Reason }> {
  override get message(): string {
    return sentence(this.reason)
  }

  /** Whether the same call may succeed later. */
  get isRetriable(): boolean {
    switch (this.reason._tag) {
      case "BrokerRefused":
        return ErrorCode.describe(this.reason.errorCode).isRetriable
      case "ConnectionLost":
      case "RequestTimedOut":
        return true
      default:
        return false
    }
  }

  /** The broker's error code, or NONE where the broker did not refuse. */
  get errorCode(): ErrorCode.ErrorCode {
    return this.reason._tag === "BrokerRefused"
      ? this.reason.errorCode
      : ErrorCode.ErrorCode.NONE
  }
}

/** `message` is what the broker says of it, where it says anything. */
export const refused = (
  api: string,
  errorCode: ErrorCode.ErrorCode,
  message?: string | null
): ClientError => {
  const { message: known, name } = ErrorCode.describe(errorCode)
  const detail = message === null || message === undefined || message === "" ? known : message
  return new ClientError({ reason: Reason.BrokerRefused({ api, errorCode, name, detail }) })
}

export const lost = (address: string, detail: string): ClientError =>
  new ClientError({ reason: Reason.ConnectionLost({ address, detail }) })

export const timedOut = (what: string, timeoutMs: number): ClientError =>
  new ClientError({ reason: Reason.RequestTimedOut({ what, timeoutMs }) })

export const unsupported = (api: string, detail: string): ClientError =>
  new ClientError({ reason: Reason.NotSupported({ api, detail }) })

export const malformed = (api: string, detail: string): ClientError =>
  new ClientError({ reason: Reason.Malformed({ api, detail }) })

export const closed = (detail: string): ClientError =>
  new ClientError({ reason: Reason.Closed({ detail }) })

export const invalid = (detail: string): ClientError =>
  new ClientError({ reason: Reason.InvalidArgument({ detail }) })

const sentence = (reason: Reason): string => {
  switch (reason._tag) {
    case "BrokerRefused":
      return `${reason.api}: ${reason.name}: ${reason.detail}`
    case "ConnectionLost":
      return `${reason.address}: ${reason.detail}`
    case "RequestTimedOut":
      return `${reason.what} was not answered within ${reason.timeoutMs} ms`
    case "NotSupported":
    case "Malformed":
      return `${reason.api}: ${reason.detail}`
    case "BufferFull":
      return `${reason.bytesMax} bytes of records wait to be sent: slow down, or raise ` +
        "bufferMemoryBytes"
    case "RecordTooLarge":
      return `the record takes ${reason.bytes} bytes, at most ${reason.bytesMax} are allowed`
    case "DeliveryTimedOut":
    case "NoOffset":
      return `${reason.topic}-${reason.partition}: ${reason.detail}`
    case "CorruptRecords":
      return `${reason.topic}-${reason.partition} at offset ${reason.offset}: ${reason.detail}`
    case "ListenerDied":
      return `the listener of the group died: ${reason.detail}`
    case "AuthenticationFailed":
    case "Closed":
    case "InvalidArgument":
      return reason.detail
  }
}
