// Layout -> functions, where code may not be made from text: the same as Emit.ts by composition of
// closures, about half as fast. A test holds the two against each other.
import * as Default from "./Default.ts"
import type { Functions } from "./Emit.ts"
import type { ArrayLayout, FieldLayout, StructLayout, TypeLayout } from "./Layout.ts"
import * as Method from "./Method.ts"
import { type Reader, UNKNOWN_TAGS, type UnknownTag } from "./Reader.ts"
import { malformed } from "./WireError.ts"
import type { Writer } from "./Writer.ts"

type Read = (reader: Reader) => unknown
// Values come from typed messages; inside this file they are what their layout says.
type Write = (writer: Writer, value: any) => void

export const functions = (layout: StructLayout, flexible: boolean): Functions => ({
  decode: readOf(layout, flexible),
  encode: writeOf(layout, flexible)
})

const readOf = (type: TypeLayout, flexible: boolean): Read => {
  switch (type.kind) {
    case "primitive": {
      const method = Method.of(type, flexible)
      return (reader) => (reader[method] as () => unknown)()
    }
    case "array":
      return readArray(type, flexible)
    case "struct":
      return readStruct(type, flexible)
  }
}

const readArray = (type: ArrayLayout, flexible: boolean): Read => {
  const element = readOf(type.element, flexible)
  const length = Method.arrayLength(flexible)
  return (reader) => {
    const count = reader[length]()
    if (count < 0) return type.nullable ? null : malformed("an array that cannot be null is null")
    const items: Array<unknown> = []
    for (let i = 0; i < count; i++) items.push(element(reader))
    return items
  }
}

const readStruct = (type: StructLayout, flexible: boolean): Read => {
  const fields = type.fields.map((field) => ({ field, read: readOf(field.type, flexible) }))
  return (reader) => {
    if (type.nullable && reader.int8() < 0) return null
    const value: Record<PropertyKey, unknown> = {}
    for (const { field, read } of fields) {
      value[field.name] = field.presence === "plain" ? read(reader) : field.absent
    }
    if (!flexible) return value
    const unknown: Array<UnknownTag> = []
    for (let count = reader.tagCount(); count > 0; count--) {
      const tag = reader.uvarint()
      const known = fields.find(({ field }) => field.presence === "tagged" && field.tag === tag)
      if (known === undefined) {
        unknown.push(reader.unknownTag(tag))
      } else {
        const end = reader.tagEnd()
        value[known.field.name] = known.read(reader)
        reader.expectEnd(end)
      }
    }
    if (unknown.length > 0) value[UNKNOWN_TAGS] = unknown
    return value
  }
}

const writeOf = (type: TypeLayout, flexible: boolean): Write => {
  switch (type.kind) {
    case "primitive": {
      const method = Method.of(type, flexible)
      return (writer, value) => (writer[method] as (value: unknown) => void)(value)
    }
    case "array": {
      const element = writeOf(type.element, flexible)
      const length = Method.arrayLength(flexible)
      return (writer, value) => {
        if (value === null) {
          if (!type.nullable) malformed("an array that cannot be null here is null")
          writer[length](-1)
          return
        }
        writer[length](value.length)
        for (const item of value) element(writer, item)
      }
    }
    case "struct":
      return writeStruct(type, flexible)
  }
}

const writeStruct = (type: StructLayout, flexible: boolean): Write => {
  const bind = (presence: FieldLayout["presence"]) =>
    type.fields.filter((field) => field.presence === presence)
      .map((field) => ({ field, write: writeOf(field.type, flexible) }))
  const plain = bind("plain")
  const tagged = bind("tagged").sort((a, b) => a.field.tag - b.field.tag)
  return (writer, value) => {
    if (type.nullable) writer.int8(value === null ? -1 : 1)
    if (value === null) {
      if (!type.nullable) malformed("a structure that cannot be null here is null")
      return
    }
    for (const { field, write } of plain) write(writer, value[field.name])
    if (!flexible) return
    const unknown: ReadonlyArray<UnknownTag> = value[UNKNOWN_TAGS] ?? []
    const sent = tagged.filter(({ field }) => !Default.equals(value[field.name], field.absent))
    writer.uvarint(sent.length + unknown.length)
    let next = 0
    for (const { field, write } of sent) {
      next = writer.unknownTags(unknown, next, field.tag)
      writer.tagged(field.tag, write, value[field.name])
    }
    writer.unknownTags(unknown, next, Infinity)
  }
}
