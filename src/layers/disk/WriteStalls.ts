// Whether a file's writes are made on the calling stack: the page cache takes 64 KB in 13 us, a hop to the
// thread pool and back costs 30 us more. One that takes long met a device that cannot keep up, and the event
// loop waited for it; those that follow go through the pool, until some in a row were quick there.

const STALL_MS = 5
const QUICK_WRITES = 4

export class WriteStalls {
  private left = 0

  /** Writes had better go through the pool. */
  get isStalled(): boolean {
    return this.left > 0
  }

  onStack(tookMs: number): void {
    if (tookMs > STALL_MS) this.left = QUICK_WRITES
  }

  throughPool(tookMs: number): void {
    if (tookMs > STALL_MS) this.left = QUICK_WRITES
    else if (this.left > 0) this.left--
  }
}
