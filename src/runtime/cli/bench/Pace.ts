// When which record is due at a rate: arithmetic over times that are given to it, so that being late does
// not make the rest later.

export class Pace {
  private readonly perMs: number
  private readonly startMs: number

  /** Records a second; undefined: all at once. */
  constructor(rate: number | undefined, startMs: number) {
    this.perMs = rate === undefined ? Infinity : rate / 1000
    this.startMs = startMs
  }

  /** How many records are due: the first at the start. */
  due(nowMs: number): number {
    return this.perMs === Infinity ? Infinity : Math.floor((nowMs - this.startMs) * this.perMs) + 1
  }

  /** When the record with this index, from 0 on, is due. */
  dueMs(index: number): number {
    return this.startMs + index / this.perMs
  }
}
