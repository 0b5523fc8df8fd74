// Schema and version -> the ordered list of what is on the wire. This is the only place that reads
// Schema's syntax tree; emitters, PROTOCOL.md, the conformance test and Version.at read the layout.
import type * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import * as VersionRange from "./VersionRange.ts"
import type { FieldRule, Primitive } from "./Wire.ts"

export type TypeLayout = PrimitiveLayout | ArrayLayout | StructLayout

export interface PrimitiveLayout {
  readonly kind: "primitive"
  readonly primitive: Primitive
  readonly nullable: boolean
  readonly legacyLength: boolean
}

export interface ArrayLayout {
  readonly kind: "array"
  readonly nullable: boolean
  readonly element: TypeLayout
}

export interface StructLayout {
  readonly kind: "struct"
  readonly nullable: boolean
  readonly fields: ReadonlyArray<FieldLayout>
}

export interface FieldLayout {
  readonly name: string
  readonly type: TypeLayout
  /** plain: in its place; tagged: among the tagged fields; absent: this version has it not. */
  readonly presence: "plain" | "tagged" | "absent"
  readonly tag: number
  /** What an absent field, or a tagged one that was not sent, reads as. */
  readonly absent: unknown
  readonly description: string | undefined
}

/** The layout of a message's schema at a version. */
export const of = (schema: Schema.Top, version: number): StructLayout => {
  const layout = ofType(schema.ast, version, true)
  if (layout.kind !== "struct") throw new Error("a message is a Schema.Struct")
  return layout
}

const ofType = (ast: SchemaAST.AST, version: number, mayBeNull: boolean): TypeLayout => {
  const wire = annotation(ast, "wire")
  if (wire !== undefined) {
    return {
      kind: "primitive",
      primitive: wire.primitive,
      nullable: mayBeNull && wire.nullable === true,
      legacyLength: wire.legacyLength === true
    }
  }
  if (SchemaAST.isUnion(ast)) {
    const rest = ast.types.filter((type) => !SchemaAST.isNull(type))
    if (rest.length === 1 && ast.types.length === 2) {
      return { ...ofType(rest[0]!, version, true), nullable: mayBeNull }
    }
  }
  if (SchemaAST.isArrays(ast) && ast.rest[0] !== undefined) {
    return { kind: "array", nullable: false, element: ofType(ast.rest[0], version, true) }
  }
  if (SchemaAST.isObjects(ast)) {
    return {
      kind: "struct",
      nullable: false,
      fields: ast.propertySignatures.map((p) => ofField(String(p.name), p.type, version))
    }
  }
  throw new Error(`a ${ast._tag} has no form on the wire: use the schemas of Wire.ts`)
}

const ofField = (name: string, ast: SchemaAST.AST, version: number): FieldLayout => {
  const rule: FieldRule = ast.context?.annotations?.wireField ?? {}
  const inside = rule.versions === undefined || VersionRange.contains(rule.versions, version)
  const tagged = rule.tagged !== undefined && VersionRange.contains(rule.tagged, version)
  const mayBeNull = rule.nullable === undefined || VersionRange.contains(rule.nullable, version)
  return {
    name,
    type: ofType(ast, version, mayBeNull),
    presence: !inside ? "absent" : tagged ? "tagged" : "plain",
    tag: rule.tag ?? -1,
    absent: rule.absent,
    description: description(ast)
  }
}

const description = (ast: SchemaAST.AST): string | undefined => {
  const ofKey: unknown = ast.context?.annotations?.["description"]
  const found: unknown = ofKey ?? annotation(ast, "description")
  return typeof found === "string" ? found : undefined
}

/** A check added after an annotation hides it: look through the checks, then at the node. */
const annotation = <K extends "wire" | "description">(
  ast: SchemaAST.AST,
  key: K
): Schema.Annotations.Annotations[K] => {
  for (const check of ast.checks ?? []) {
    const found = check.annotations?.[key]
    if (found !== undefined) return found
  }
  return ast.annotations?.[key]
}
