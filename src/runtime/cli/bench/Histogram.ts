// How often which value came, in buckets that grow with the value: each is at most a 64th of its value
// wide, so that a percentile is right within 1.6 % whatever the range, in a few kilobytes and without
// keeping a value. The design is that of Gil Tene's HdrHistogram, for whole numbers below 2^32.

/** Values below are counted exactly; above, each power of two has half as many buckets. */
const EXACT = 128
const HALF = EXACT / 2
const HALF_BITS = 6
const VALUE_MAX = 2 ** 32 - 1
const BUCKETS = EXACT + (32 - HALF_BITS - 1) * HALF

export class Histogram {
  count = 0
  /** Exactly, as it was recorded; 0 while there is none. */
  max = 0
  private readonly counts = new Float64Array(BUCKETS)

  /** Negative values count as 0, those that are too large as the largest; fractions are cut off. */
  record(value: number): void {
    const whole = value > VALUE_MAX ? VALUE_MAX : value > 0 ? Math.floor(value) : 0
    this.count++
    if (whole > this.max) this.max = whole
    this.counts[bucketOf(whole)]!++
  }

  /** The least value that this fraction of all reaches or stays below; 0 while there is none. */
  percentile(fraction: number): number {
    const wanted = Math.max(1, Math.ceil(fraction * this.count))
    let seen = 0
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.counts[bucket]!
      if (seen >= wanted) return Math.min(lastOf(bucket), this.max)
    }
    return this.max
  }

  /** How many lie from `low` up to, and not including, `high`, as far as the buckets tell. */
  between(low: number, high: number): number {
    let sum = 0
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const first = firstOf(bucket)
      if (first >= low && first < high) sum += this.counts[bucket]!
    }
    return sum
  }
}

const bucketOf = (value: number): number => {
  if (value < EXACT) return value
  const shift = 31 - Math.clz32(value) - HALF_BITS
  return shift * HALF + (value >>> shift)
}

/** The least value of a bucket. */
const firstOf = (bucket: number): number => {
  if (bucket < EXACT) return bucket
  const shift = Math.floor(bucket / HALF) - 1
  return (bucket - shift * HALF) * 2 ** shift
}

const lastOf = (bucket: number): number => firstOf(bucket + 1) - 1
