// Declarations are held against Kafka's own message definitions, where MYMQ_KAFKA_MESSAGES names a
// directory with the JSON files of Kafka 4.4 (they lie in the kafka-clients jar, common/message):
// every field both ways, at every version that both know.
import { assert, describe, it } from "@effect/vitest"
import type * as Schema from "effect/Schema"
import * as fs from "node:fs"
import * as path from "node:path"
import { apis } from "../../../src/domain/protocol/Protocol.ts"
import { RequestHeader } from "../../../src/domain/protocol/RequestHeader.ts"
import { ResponseHeader } from "../../../src/domain/protocol/ResponseHeader.ts"
import * as Api from "../../../src/domain/wire/Api.ts"
import * as Layout from "../../../src/domain/wire/Layout.ts"
import * as VersionRange from "../../../src/domain/wire/VersionRange.ts"
import * as Wire from "../../../src/domain/wire/Wire.ts"

interface KafkaField {
  readonly name: string
  readonly type: string
  readonly versions: string
  readonly nullableVersions?: string
  readonly taggedVersions?: string
  readonly flexibleVersions?: string
  readonly tag?: number
  readonly default?: string | number | boolean
  readonly fields?: ReadonlyArray<KafkaField>
}

interface KafkaMessage {
  readonly apiKey?: number
  readonly validVersions: string
  readonly flexibleVersions: string
  readonly fields: ReadonlyArray<KafkaField>
  readonly commonStructs?: ReadonlyArray<
    Pick<KafkaField, "name"> & { readonly fields: ReadonlyArray<KafkaField> }
  >
}

/** A field at one version in words that both sides can be put in. */
type Told = readonly [path: string, what: string]

const directory = process.env["MYMQ_KAFKA_MESSAGES"]

const read = (name: string): KafkaMessage => {
  const text = fs.readFileSync(path.join(directory ?? "", `${name}.json`), "utf8")
  return JSON.parse(text.replaceAll(/^\s*\/\/.*$/gm, "")) as KafkaMessage
}

const inRange = (range: string | undefined, version: number): boolean =>
  range !== undefined && VersionRange.contains(VersionRange.parse(range), version)

/** Kafka's field names begin with a capital, mostly. */
const ours = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1)

const structOf = (
  message: KafkaMessage,
  field: KafkaField
): ReadonlyArray<KafkaField> | undefined => {
  const type = field.type.replace("[]", "")
  return field.fields ?? message.commonStructs?.find((struct) => struct.name === type)?.fields
}

const kafkaDefault = (message: KafkaMessage, field: KafkaField): unknown => {
  if (field.default === "null") return null
  if (field.type.startsWith("[]")) return []
  const struct = structOf(message, field)
  if (struct !== undefined) {
    return Object.fromEntries(struct.map((f) => [ours(f.name), kafkaDefault(message, f)]))
  }
  switch (field.type) {
    case "string":
      return field.default ?? ""
    case "bool":
      return String(field.default) === "true"
    case "uuid":
      return field.default ?? Wire.NO_UUID
    case "bytes":
    case "records":
      return ""
    default:
      return Number(field.default ?? 0)
  }
}

const PRIMITIVES: Readonly<Record<string, string>> = { bool: "boolean", records: "bytes" }

const toldByKafka = (
  message: KafkaMessage,
  fields: ReadonlyArray<KafkaField>,
  version: number,
  prefix: string
): ReadonlyArray<Told> =>
  fields.filter((field) => inRange(field.versions, version)).flatMap(
    (field): ReadonlyArray<Told> => {
      const at = `${prefix}${ours(field.name)}`
      const struct = structOf(message, field)
      const element = field.type.replace("[]", "")
      const type = struct === undefined ? PRIMITIVES[element] ?? element : "struct"
      const isTagged = inRange(field.taggedVersions, version)
      const what = [
        field.type.startsWith("[]") ? `[]${type}` : type,
        inRange(field.nullableVersions, version) ? "nullable" : "never null",
        isTagged
          ? `tag ${field.tag} default ${JSON.stringify(kafkaDefault(message, field))}`
          : "plain",
        field.flexibleVersions === "none" ? "never compact" : ""
      ]
      const inside = struct === undefined ? [] : toldByKafka(message, struct, version, `${at}.`)
      return [[at, what.join(", ")], ...inside]
    }
  )

const typeName = (type: Layout.TypeLayout): string =>
  type.kind === "primitive"
    ? type.primitive
    : type.kind === "array"
    ? `[]${typeName(type.element)}`
    : "struct"

const structLayout = (type: Layout.TypeLayout): Layout.StructLayout | undefined =>
  type.kind === "struct" ? type : type.kind === "array" ? structLayout(type.element) : undefined

const toldByUs = (layout: Layout.StructLayout, prefix: string): ReadonlyArray<Told> =>
  layout.fields.filter((field) => field.presence !== "absent").flatMap(
    (field): ReadonlyArray<Told> => {
      const at = `${prefix}${field.name}`
      const { type } = field
      const what = [
        typeName(type),
        type.nullable ? "nullable" : "never null",
        field.presence === "tagged"
          ? `tag ${field.tag} default ${JSON.stringify(field.absent)}`
          : "plain",
        type.kind === "primitive" && type.legacyLength ? "never compact" : ""
      ]
      const inside = structLayout(type)
      return [[at, what.join(", ")], ...(inside === undefined ? [] : toldByUs(inside, `${at}.`))]
    }
  )

/** Fields that a version does not have must still read as Kafka's default. */
const checkAbsent = (
  message: KafkaMessage,
  fields: ReadonlyArray<KafkaField>,
  layout: Layout.StructLayout,
  prefix: string
) => {
  for (const field of layout.fields) {
    const kafka = fields.find(({ name }) => ours(name) === field.name)
    if (kafka === undefined) throw new Error(`${prefix}${field.name}: Kafka has no such field`)
    if (field.presence === "absent") {
      const absent = field.absent instanceof Uint8Array ? "" : field.absent
      assert.deepStrictEqual(absent, kafkaDefault(message, kafka), `${prefix}${field.name}`)
    }
    const inside = structLayout(field.type)
    const struct = structOf(message, kafka)
    if (inside !== undefined && struct !== undefined) {
      checkAbsent(message, struct, inside, `${prefix}${field.name}.`)
    }
  }
}

const conforms = (
  schema: Schema.Top,
  message: KafkaMessage,
  declared: VersionRange.VersionRange,
  isFlexible: (version: number) => boolean
) => {
  const valid = VersionRange.parse(message.validVersions)
  assert.isAtMost(declared.max, valid.max, "we declare a version that Kafka does not have")
  for (let version = Math.max(declared.min, valid.min); version <= declared.max; version++) {
    const layout = Layout.of(schema, version)
    assert.strictEqual(isFlexible(version), inRange(message.flexibleVersions, version))
    assert.deepStrictEqual(
      toldByUs(layout, ""),
      toldByKafka(message, message.fields, version, ""),
      `version ${version}`
    )
    checkAbsent(message, message.fields, layout, "")
  }
}

describe.skipIf(directory === undefined)(
  "declarations are Kafka's (skipped where MYMQ_KAFKA_MESSAGES names no directory)",
  () => {
    for (const api of apis) {
      const isFlexible = (version: number) => Api.isFlexible(api, version)
      it(`${api.name} request`, () => {
        const message = read(`${api.name}Request`)
        assert.strictEqual(message.apiKey, api.key)
        conforms(api.request, message, api.versions, isFlexible)
      })
      it(`${api.name} response`, () => {
        const message = read(`${api.name}Response`)
        assert.strictEqual(message.apiKey, api.key)
        conforms(api.response, message, api.versions, isFlexible)
      })
    }

    it("request and response headers", () => {
      const requestVersions = VersionRange.parse("1-2")
      conforms(RequestHeader, read("RequestHeader"), requestVersions, (version) => version === 2)
      const responseVersions = VersionRange.parse("0-1")
      conforms(ResponseHeader, read("ResponseHeader"), responseVersions, (version) => version === 1)
    })
  }
)
