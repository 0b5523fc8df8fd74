// What compaction may use of the broker, as values, under Kafka's names.

export interface LogCleanerConfig {
  /** log.cleaner.enable, true. */
  readonly isEnabled: boolean
  /** log.cleaner.backoff.ms, 15000: between looks, once no log is due. */
  readonly backoffMs: number
  /** log.cleaner.dedupe.buffer.size, 128 MiB: for the keys of one compaction. */
  readonly dedupeBufferBytes: number
  /** log.cleaner.io.buffer.load.factor, 0.9: how full that may become. */
  readonly loadFactor: number
  /** log.cleaner.io.buffer.size, 512 KiB: half for what is read, half for what is written. */
  readonly ioBufferBytes: number
  /** log.cleaner.io.max.bytes.per.second: read and written together. */
  readonly ioBytesPerSecondMax: number
}

export const of = (
  number: (name: string) => number,
  truth: (name: string) => boolean
): LogCleanerConfig => ({
  isEnabled: truth("log.cleaner.enable"),
  backoffMs: number("log.cleaner.backoff.ms"),
  dedupeBufferBytes: number("log.cleaner.dedupe.buffer.size"),
  loadFactor: number("log.cleaner.io.buffer.load.factor"),
  ioBufferBytes: number("log.cleaner.io.buffer.size"),
  ioBytesPerSecondMax: number("log.cleaner.io.max.bytes.per.second")
})
