// Whether a file is synced on the calling stack. A hop to the thread pool and back costs .1 to .4 ms, and as much
// CPU as the sync; a device that answers from a cache it will not lose needs no longer than that. So the
// event loop waits for it, where it takes less than it saves and nobody else is held up: while the device
// has been quick lately, and for the one file of the disk that is in use. Of several files the syncs had
// better be under way together.

const QUICK_MS = 1
const HOP_MS = 0.25
/** Of each sync in the mean: one of 10 ms changes nothing yet, one of 100 ms sends thirty to the pool. */
const WEIGHT = 1 / 16
/** Of one file, with no other used between, before the next is on the stack. */
const SYNCS_ALONE = 8

export class SyncPace {
  /** A device has to show first that it is quick. */
  private meanMs = 2 * QUICK_MS
  private file: object | undefined
  private syncs = 0

  isQuick(file: object): boolean {
    return this.file === file && this.syncs >= SYNCS_ALONE && this.meanMs < QUICK_MS
  }

  /** Read or written on the stack, or synced: what a sync there would hold up. */
  used(file: object): void {
    if (this.file === file) return
    this.file = file
    this.syncs = 0
  }

  onStack(file: object, tookMs: number): void {
    this.used(file)
    this.syncs++
    this.meanMs += WEIGHT * (tookMs - this.meanMs)
  }

  /** Its time has the hop in it. */
  throughPool(file: object, tookMs: number): void {
    this.onStack(file, Math.max(0, tookMs - HOP_MS))
  }
}
