// How the records of a batch are compressed: the number in the lowest three bits of its attributes.

export const NONE = 0
export const GZIP = 1
export const SNAPPY = 2
export const LZ4 = 3
export const ZSTD = 4

export type CompressionType = 0 | 1 | 2 | 3 | 4

export type Name = "none" | "gzip" | "snappy" | "lz4" | "zstd"

const NAMES: ReadonlyArray<Name> = ["none", "gzip", "snappy", "lz4", "zstd"]

/** Undefined for a number that Kafka has not given. */
export const nameOf = (type: number): Name | undefined => NAMES[type]

/** "uncompressed" is what compression.type calls none. */
export const fromName = (name: Name | "uncompressed"): CompressionType =>
  name === "uncompressed" ? NONE : (NAMES.indexOf(name) as CompressionType)
