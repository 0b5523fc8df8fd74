// The times of a batch's records, in runs of those that have the same: most have that of the record before,
// so that nothing is kept for each.

export class TimestampRuns {
  private readonly timesMs: Array<number> = []
  /** The first record of each run. */
  private readonly firsts: Array<number> = []
  /** Runs; what the arrays hold beyond is of the batch before. */
  private count = 0

  /** Records from `index` on have this time. */
  begin(index: number, timestampMs: number): void {
    const { count, firsts, timesMs } = this
    if (count > 0 && timesMs[count - 1] === timestampMs) return
    timesMs[count] = timestampMs
    firsts[count] = index
    this.count = count + 1
  }

  timeMs(run: number): number {
    return this.timesMs[run]!
  }

  /** The first record that is no more in the run; Infinity for the last one's. */
  end(run: number): number {
    return run + 1 < this.count ? this.firsts[run + 1]! : Infinity
  }

  clear(): void {
    this.count = 0
  }
}
