// Layout -> straight-line functions. For each structure one reader and one writer are written as
// source: locals, then one object literal, so that every decoded message of a type has one hidden
// class. The source holds nothing but our own field names and numbers; where `new Function` is
// forbidden, Codec falls back on Closures.ts, which does the same at half the speed.
import * as Default from "./Default.ts"
import type { FieldLayout, StructLayout, TypeLayout } from "./Layout.ts"
import * as Method from "./Method.ts"
import { ARRAY_CAPACITY_MAX, type Reader, UNKNOWN_TAGS } from "./Reader.ts"
import { malformed } from "./WireError.ts"
import type { Writer } from "./Writer.ts"

export interface Functions {
  readonly decode: (reader: Reader) => unknown
  readonly encode: (writer: Writer, value: never) => void
}

/** Whether code may be made from text here (`--disallow-code-generation-from-strings`, CSP). */
export const isAllowed = (): boolean => {
  try {
    // oxlint-disable-next-line typescript/no-implied-eval -- the probe of exactly this
    return new Function("return true")() === true
  } catch {
    return false
  }
}

export const functions = (layout: StructLayout, flexible: boolean): Functions => {
  const source = new Source(flexible)
  const read = source.reader(layout)
  const write = source.writer(layout)
  const body = `${source.text}\nreturn { decode: ${read}, encode: ${write} }`
  // oxlint-disable-next-line typescript/no-implied-eval -- emitted from declarations, never from input
  return new Function("D", "U", "malformed", "equals", body)(
    source.defaults,
    UNKNOWN_TAGS,
    malformed,
    Default.equals
  ) as Functions
}

class Source {
  readonly defaults: Array<unknown> = []
  text = `"use strict"\n`
  private readonly flexible: boolean
  private count = 0

  constructor(flexible: boolean) {
    this.flexible = flexible
  }

  private define(parameters: string, body: string): string {
    const name = `f${this.count++}`
    this.text += `function ${name}(${parameters}) {\n${body}\n}\n`
    return name
  }

  private constant(value: unknown): string {
    const isLiteral = value === null || typeof value === "number" || typeof value === "boolean"
    if (isLiteral) return Object.is(value, -0) ? "0" : String(value)
    if (typeof value === "string") return JSON.stringify(value)
    this.defaults.push(value)
    return `D[${this.defaults.length - 1}]`
  }

  /** An expression that reads `type` from `r`. */
  private readOf(type: TypeLayout): string {
    return type.kind === "primitive"
      ? `r.${Method.of(type, this.flexible)}()`
      : `${this.reader(type)}(r)`
  }

  /** A statement that writes `value` to `w`. */
  private writeOf(type: TypeLayout, value: string): string {
    return type.kind === "primitive"
      ? `w.${Method.of(type, this.flexible)}(${value});`
      : `${this.writer(type)}(w, ${value});`
  }

  reader(type: TypeLayout): string {
    if (type.kind === "primitive") return this.define("r", `return ${this.readOf(type)}`)
    if (type.kind === "array") {
      const none = type.nullable
        ? "return null"
        : `malformed("an array that cannot be null is null")`
      return this.define(
        "r",
        `const n = r.${Method.arrayLength(this.flexible)}(); if (n < 0) ${none};\n` +
          `if (n > ${ARRAY_CAPACITY_MAX}) { const a = []; ` +
          `for (let i = 0; i < n; i++) a.push(${this.readOf(type.element)}); return a }\n` +
          `const a = new Array(n); for (let i = 0; i < n; i++) a[i] = ${
            this.readOf(type.element)
          };\n` +
          `return a`
      )
    }
    const lines = type.nullable ? ["if (r.int8() < 0) return null;"] : []
    type.fields.forEach((field, i) => {
      if (field.presence === "plain") lines.push(`const v${i} = ${this.readOf(field.type)};`)
      else if (field.presence === "tagged") {
        lines.push(`let v${i} = ${this.constant(field.absent)};`)
      }
    })
    if (this.flexible) lines.push(this.readTags(type))
    const literal = type.fields.map((field, i) =>
      `${JSON.stringify(field.name)}: ${
        field.presence === "absent" ? this.constant(field.absent) : `v${i}`
      }`
    )
    lines.push(`const o = { ${literal.join(", ")} };`)
    if (this.flexible) lines.push("if (u !== undefined) o[U] = u;")
    return this.define("r", `${lines.join("\n")}\nreturn o`)
  }

  private readTags(type: StructLayout): string {
    const tagged = type.fields.map((field, i) => ({ field, i })).filter(isTagged)
    if (tagged.length === 0) return "const u = r.unknownTags();"
    const cases = tagged.map(({ field, i }) =>
      `case ${field.tag}: { const end = r.tagEnd(); v${i} = ${this.readOf(field.type)}; ` +
      `r.expectEnd(end); break }`
    )
    return `let u; for (let n = r.tagCount(); n > 0; n--) { const t = r.uvarint(); switch (t) {\n` +
      `${cases.join("\n")}\ndefault: (u ??= []).push(r.unknownTag(t)) } }`
  }

  writer(type: TypeLayout): string {
    if (type.kind === "primitive") return this.define("w, v", this.writeOf(type, "v"))
    const length = Method.arrayLength(this.flexible)
    if (type.kind === "array") {
      const none = type.nullable
        ? `{ w.${length}(-1); return }`
        : `malformed("an array that cannot be null here is null")`
      return this.define(
        "w, v",
        `if (v === null) ${none}\nw.${length}(v.length);\n` +
          `for (let i = 0; i < v.length; i++) { ${this.writeOf(type.element, "v[i]")} }`
      )
    }
    const lines = type.nullable
      ? ["if (v === null) { w.int8(-1); return }", "w.int8(1);"]
      : [`if (v === null) malformed("a structure that cannot be null here is null");`]
    for (const field of type.fields) {
      if (field.presence === "plain") lines.push(this.writeOf(field.type, `v.${field.name}`))
    }
    if (this.flexible) lines.push(this.writeTags(type))
    return this.define("w, v", lines.join("\n"))
  }

  private writeTags(type: StructLayout): string {
    const tagged = type.fields.map((field, i) => ({ field, i })).filter(isTagged)
      .sort((a, b) => a.field.tag - b.field.tag)
    const tests = tagged.map(({ field, i }) =>
      `const t${i} = !equals(v.${field.name}, ${this.constant(field.absent)}); if (t${i}) n++;`
    )
    const writes = tagged.map(({ field, i }) =>
      `if (t${i}) { if (u !== undefined) k = w.unknownTags(u, k, ${field.tag}); ` +
      `w.tagged(${field.tag}, ${this.writer(field.type)}, v.${field.name}) }`
    )
    return `const u = v[U]; let k = 0, n = u === undefined ? 0 : u.length;\n${tests.join("\n")}\n` +
      `w.uvarint(n);\n${writes.join("\n")}\n` +
      `if (u !== undefined) w.unknownTags(u, k, Infinity);`
  }
}

const isTagged = (entry: { readonly field: FieldLayout }): boolean =>
  entry.field.presence === "tagged"
