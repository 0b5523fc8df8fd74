// How a producer sends: Kafka's producer settings under Kafka's names, units last, and what they are when
// nothing is said. What concerns connections is in ClientConfig, because others share those.
import * as Partitioner from "../../../domain/partitioner/Partitioner.ts"
import * as CompressionType from "../../../domain/record/CompressionType.ts"

export interface ProducerSettings {
  /** 0: not answered; 1: when the leader has it; "all": when all in-sync replicas have it. */
  readonly acks: 0 | 1 | "all"
  /**
   * enable.idempotence, true unless acks says otherwise: no duplicates and no reordering by
   * retries.
   */
  readonly enableIdempotence: boolean
  /** linger.ms, 5 as in Kafka 4: how long a batch that is not full waits for more. */
  readonly lingerMs: number
  /** batch.size, 131072: a batch takes no record that would make it larger, uncompressed. */
  readonly batchBytesMax: number
  /** max.request.size, 1048576: of one request, and so of one record. */
  readonly requestBytesMax: number
  /** max.in.flight.requests.per.connection, 5. */
  readonly inFlightRequestsMax: number
  /** buffer.memory, 33554432: records that wait or are under way, uncompressed. */
  readonly bufferMemoryBytes: number
  /** compression.type, none. */
  readonly compression: CompressionType.Name
  /** compression.[gzip|lz4|zstd].level; the codec's own where this is undefined. */
  readonly compressionLevel: number | undefined
  /** delivery.timeout.ms, 120000: from push to the answer, all retries included. */
  readonly deliveryTimeoutMs: number
  /** max.block.ms, 60000: how long records of a topic wait that nobody knows yet. */
  readonly blockMsMax: number
  /** How long closing waits for what is under way; what then remains fails with Closed. 30000. */
  readonly closeTimeoutMs: number
  /** Lets the broker make unknown topics, where it is set up so. True, as in Kafka. */
  readonly autoCreateTopics: boolean
  /**
   * "keyed": by the key's murmur2, records without one batch by batch; "roundRobin"; your own, which
   * is given a view of the key that is good until it returns.
   */
  readonly partitioner: "keyed" | "roundRobin" | Partitioner.PartitionerFactory
  /** Adds the W3C header `traceparent` to what `send` sends while a span is active. False. */
  readonly traceContext: boolean
  /** A span for each batch, with OpenTelemetry's names for messaging. False. */
  readonly batchSpans: boolean
}

/** All may be left out. */
export type ProducerOptions = {
  readonly [Name in keyof ProducerSettings]?: ProducerSettings[Name] | undefined
}

const DEFAULTS: ProducerSettings = {
  acks: "all",
  enableIdempotence: true,
  lingerMs: 5,
  batchBytesMax: 128 * 1024,
  requestBytesMax: 1024 * 1024,
  inFlightRequestsMax: 5,
  bufferMemoryBytes: 32 * 1024 * 1024,
  compression: "none",
  compressionLevel: undefined,
  deliveryTimeoutMs: 120_000,
  blockMsMax: 60_000,
  closeTimeoutMs: 30_000,
  autoCreateTopics: true,
  partitioner: "keyed",
  traceContext: false,
  batchSpans: false
}

/**
 * Brokers remember the last five batches of a producer, and no more (Kafka's ProducerStateEntry).
 */
const IDEMPOTENT_IN_FLIGHT_MAX = 5

/**
 * `options` over the defaults. Throws RangeError on values that make no sense or exclude each
 * other.
 */
export const make = (options: ProducerOptions = {}): ProducerSettings => {
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  const settings: ProducerSettings = { ...DEFAULTS, ...Object.fromEntries(given) }
  // Like Kafka: who asks for fewer acknowledgements, and says nothing else, gives idempotence up.
  const isIdempotent = options.enableIdempotence ??
    (settings.acks === "all" && settings.inFlightRequestsMax <= IDEMPOTENT_IN_FLIGHT_MAX)
  const problem = problemOf({ ...settings, enableIdempotence: isIdempotent })
  if (problem !== undefined) throw new RangeError(`producer options: ${problem}`)
  return { ...settings, enableIdempotence: isIdempotent }
}

const NUMBERS: ReadonlyArray<readonly [keyof ProducerSettings, number]> = [
  ["lingerMs", 0],
  ["batchBytesMax", 1],
  ["requestBytesMax", 1],
  ["inFlightRequestsMax", 1],
  ["bufferMemoryBytes", 1],
  ["deliveryTimeoutMs", 1],
  ["blockMsMax", 0],
  ["closeTimeoutMs", 0]
]

const problemOf = (settings: ProducerSettings): string | undefined => {
  for (const [name, least] of NUMBERS) {
    const value = settings[name]
    if (!Number.isSafeInteger(value) || (value as number) < least) {
      return `${name} is ${String(value)}, it should be a whole number from ${least}`
    }
  }
  if (settings.acks !== 0 && settings.acks !== 1 && settings.acks !== "all") {
    return `acks is ${String(settings.acks)}, it should be 0, 1 or "all"`
  }
  if (CompressionType.fromName(settings.compression) < 0) {
    return `no codec is called ${settings.compression}`
  }
  if (settings.deliveryTimeoutMs < settings.lingerMs) return "deliveryTimeoutMs is below lingerMs"
  if (!settings.enableIdempotence) return undefined
  if (settings.acks !== "all") return "enableIdempotence needs acks \"all\""
  return settings.inFlightRequestsMax > IDEMPOTENT_IN_FLIGHT_MAX
    ? `enableIdempotence needs inFlightRequestsMax of at most ${IDEMPOTENT_IN_FLIGHT_MAX}`
    : undefined
}

/** A partitioner of its own for each producer, because it keeps state. */
export const partitionerOf = (
  { batchBytesMax, partitioner }: ProducerSettings
): Partitioner.Partitioner => {
  if (partitioner === "roundRobin") return Partitioner.roundRobin()
  return partitioner === "keyed"
    ? Partitioner.keyed({ stickyBytes: batchBytesMax })
    : partitioner()
}
