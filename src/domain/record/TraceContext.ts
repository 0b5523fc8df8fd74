// Which trace a record belongs to: the W3C's `traceparent`, carried as a record header, by which a consumer's
// span finds its producer's. What is not valid counts as absent; a later version is read as this one, as
// the standard asks.
//
//   00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
//   version, trace id, parent's span id, flags; all in lower-case hexadecimal
// Source: W3C Trace Context, section 3.2.
import type { Header } from "./Record.ts"

export const TRACEPARENT = "traceparent"

export interface TraceContext {
  /** 32 hexadecimal digits, not all zero. */
  readonly traceId: string
  /** 16 hexadecimal digits, not all zero. */
  readonly spanId: string
  readonly isSampled: boolean
}

const FORM = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
const SAMPLED = 0x01
const NO_TRACE_ID = "0".repeat(32)
const NO_SPAN_ID = "0".repeat(16)

/** Undefined for text that is no valid traceparent. */
export const parse = (text: string): TraceContext | undefined => {
  const match = FORM.exec(text)
  if (match === null) return undefined
  const [, version, traceId, spanId, flags, more] = match as unknown as ReadonlyArray<string>
  if (version === "ff" || (version === "00" && more !== undefined)) return undefined
  if (traceId === NO_TRACE_ID || spanId === NO_SPAN_ID) return undefined
  return {
    traceId: traceId!,
    spanId: spanId!,
    isSampled: (Number.parseInt(flags!, 16) & SAMPLED) !== 0
  }
}

export const format = ({ isSampled, spanId, traceId }: TraceContext): string =>
  `00-${traceId}-${spanId}-${isSampled ? "01" : "00"}`

/** Of a record: the last header of that name counts, since who passes a record on may add its own. */
export const fromHeaders = (headers: ReadonlyArray<Header>): TraceContext | undefined => {
  const value = headers.findLast(({ key }) => key === TRACEPARENT)?.value
  return value === undefined || value === null ? undefined : parse(value.toString("latin1"))
}
