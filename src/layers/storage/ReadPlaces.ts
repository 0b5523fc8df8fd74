// Where the last reads of a log ended: a sequential reader finds the batch that it asks for next without
// the index, and to the byte.
import type { Offset } from "../../domain/Offset.ts"
import type { Segment } from "./Segment.ts"

export interface ReadPlace {
  readonly segment: Segment
  readonly position: number
}

const PLACES = 16

export class ReadPlaces {
  private readonly offsets = new Float64Array(PLACES).fill(-1)
  private readonly segments: Array<Segment | undefined> = []
  private readonly positions = new Float64Array(PLACES)
  private next = 0

  /** Where the batch of an offset begins, when a read ended there. */
  of(offset: Offset): ReadPlace | undefined {
    const index = this.offsets.indexOf(offset)
    if (index < 0) return undefined
    return { segment: this.segments[index]!, position: this.positions[index]! }
  }

  remember(offset: Offset, segment: Segment, position: number): void {
    if (this.offsets.includes(offset)) return
    this.offsets[this.next] = offset
    this.segments[this.next] = segment
    this.positions[this.next] = position
    this.next = (this.next + 1) % PLACES
  }

  forget(): void {
    this.offsets.fill(-1)
    this.segments.length = 0
  }
}
