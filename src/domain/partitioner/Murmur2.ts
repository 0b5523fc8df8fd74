// The hash that decides which partition a key belongs to. All clients of a topic have to agree on it to
// the last bit, or equal keys land apart: the package's murmur2 under Kafka's seed, and Kafka's way to
// make a number positive. The package says "ASCII only" of strings; of bytes it is exact, which the tests
// hold against an independent computation.
// Source: Kafka's Utils.murmur2 and Utils.toPositive.
import murmurhash from "murmurhash"

const SEED = 0x9747_b28c

/** As Java has it: a signed number of 32 bits. */
export const murmur2 = (bytes: Uint8Array): number => murmurhash.v2(bytes, SEED) | 0

/** Drops the sign bit, which is not the absolute value: Kafka's clients have always done so. */
export const toPositive = (value: number): number => value & 0x7fff_ffff
