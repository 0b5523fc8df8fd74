// The vocabulary in which messages are declared: ordinary Effect Schemas with one annotation that
// says how a value lies on the wire, and key annotations that say in which versions a field is
// there. One TypeScript type stands for all versions of a message: a field that a version does not
// have reads as its default. Source: Kafka's message definitions (KIP-482 for flexible versions).
import * as Schema from "effect/Schema"
import * as VersionRange from "./VersionRange.ts"

export type Primitive =
  | "boolean"
  | "int8"
  | "int16"
  | "uint16"
  | "int32"
  | "uint32"
  | "int64"
  | "float64"
  | "uuid"
  | "string"
  | "bytes"

export interface WireType {
  readonly primitive: Primitive
  readonly nullable?: boolean | undefined
  /** Keeps the int16 length in flexible versions too: only the request header's client id. */
  readonly legacyLength?: boolean | undefined
}

/** Where a field stands in the versions of its message. */
export interface FieldRule {
  readonly versions?: VersionRange.VersionRange | undefined
  /** What the field reads as where it is absent. */
  readonly absent?: unknown
  readonly tag?: number | undefined
  readonly tagged?: VersionRange.VersionRange | undefined
  /** Versions in which null may be written; all, where the type has null and nothing is said. */
  readonly nullable?: VersionRange.VersionRange | undefined
}

declare module "effect/Schema" {
  namespace Annotations {
    interface Annotations {
      readonly wire?: WireType | undefined
      readonly wireField?: FieldRule | undefined
    }
  }
}

const integer = (primitive: Primitive, minimum: number, maximum: number) =>
  Schema.Int.check(Schema.isBetween({ minimum, maximum })).annotate({ wire: { primitive } })

export const Boolean = Schema.Boolean.annotate({ wire: { primitive: "boolean" } })
export const Int8 = integer("int8", -0x80, 0x7f)
export const Int16 = integer("int16", -0x8000, 0x7fff)
export const Uint16 = integer("uint16", 0, 0xffff)
export const Int32 = integer("int32", -0x8000_0000, 0x7fff_ffff)
export const Uint32 = integer("uint32", 0, 0xffff_ffff)
/** A safe integer (Offset.ts says why); what a peer sends beyond 2^53 reads as the nearest double. */
export const Int64 = integer("int64", Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
export const Float64 = Schema.Finite.annotate({ wire: { primitive: "float64" } })
/** A number of domain/ErrorCode. */
export const ErrorCode = Int16
/** In text form, lower case; sixteen bytes on the wire. */
export const Uuid = Schema.String.check(
  Schema.isPattern(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/)
).annotate({ wire: { primitive: "uuid" } })

/** "None": sixteen zero bytes. */
export const NO_UUID = "00000000-0000-0000-0000-000000000000"

export const String = Schema.String.annotate({ wire: { primitive: "string" } })
export const NullableString = Schema.NullOr(Schema.String).annotate({
  wire: { primitive: "string", nullable: true }
})
/** The one string that never became compact: ClientId in the request header. */
export const LegacyNullableString = Schema.NullOr(Schema.String).annotate({
  wire: { primitive: "string", nullable: true, legacyLength: true }
})
/** A view into the frame when read; large ones are sent by reference when written. */
export const Bytes = Schema.Uint8Array.annotate({ wire: { primitive: "bytes" } })
export const NullableBytes = Schema.NullOr(Schema.Uint8Array).annotate({
  wire: { primitive: "bytes", nullable: true }
})
/** Record batches, never opened here. */
export const Records = NullableBytes

/** A structure inside a message: in arrays, or as a field of its own. */
export const Struct = Schema.Struct
/** A structure that may be null: one byte says which (-1 or 1). */
export const NullableStruct = <F extends Schema.Struct.Fields>(fields: F) =>
  Schema.NullOr(Schema.Struct(fields))
export const ArrayOf = <S extends Schema.Top>(item: S) => Schema.Array(item)
export const NullableArrayOf = <S extends Schema.Top>(item: S) => Schema.NullOr(Schema.Array(item))

const rule = (added: FieldRule) => <S extends Schema.Top>(schema: S): S["Rebuild"] => {
  const before = schema.ast.context?.annotations?.wireField
  return schema.annotateKey({ wireField: { ...before, ...added } })
}

/** The field came with `version`; before that it reads as `absent`. */
export const since = (version: number, absent: unknown) =>
  rule({ versions: { min: version, max: VersionRange.UNBOUNDED }, absent })

/** The field is there in these versions ("0-3", "5+"); elsewhere it reads as `absent`. */
export const versions = (range: string, absent: unknown) =>
  rule({ versions: VersionRange.parse(range), absent })

/** The field is a tagged one in these versions: written only when it differs from `absent`. */
export const tagged = (tag: number, range: string, absent: unknown) => {
  const versions = VersionRange.parse(range)
  return rule({ tag, tagged: versions, versions, absent })
}

/** Null may be written in these versions only. */
export const nullable = (range: string) => rule({ nullable: VersionRange.parse(range) })
