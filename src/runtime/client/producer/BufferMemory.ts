// The bound of a producer's memory: bytes of records, uncompressed, that are not answered yet. Whoever can
// wait does so in line; whoever cannot (`push`) is told to stop, and is refused when he goes on regardless.
//
// One turn of the event loop takes only so much, too: what is pushed in a loop that never lets go fills the
// memory while no answer is read, so that the broker has nothing to do, and then has the client wait. And
// while requests are under way only so much is made ahead of them: more would be sent no sooner, and has
// left the processor's cache when its turn comes. That holds while answers come one soon after the other: a
// broker that is far away takes more at once, and nobody waits for one that is silent.
//
// Invariant: those in line are served in order, one to its end before the next.

/** How far beyond the bound pushes are still taken, as a part of it. */
const EXCESS = 0.25
/** Taken in one turn, or a batch where that is more: what a broker has to do with while the next comes. */
const TURN_BYTES = 256 * 1024
/** Of batches that are ready, beyond those under way. */
const AHEAD_BYTES = 256 * 1024
/** Without an answer for so long, the bound of what is ahead does not count: the broker is far, or has gone. */
const SILENCE_MS = 20

export class BufferMemory {
  readonly bytesMax: number
  private readonly excessBytesMax: number
  private readonly lowBytes: number
  private used = 0
  private turnBytes = 0
  /** What may be taken without a look at anything else, and what is left of it: most records need no more. */
  private granted = 0
  private left = 0
  private isTurning = false
  private readonly turnBytesMax: number
  private readonly aheadBytesMax: number
  private aheadBytes = 0
  private underWay = 0
  private answered = 0
  private isListening = false
  private isSilent = false
  /** Each gives whether it is served. */
  private readonly line = new Set<() => boolean>()
  private readonly whenLow = new Set<() => void>()
  private readonly whenTurned = new Set<() => void>()
  private isServing = false

  constructor(bytesMax: number, recordBytesMax: number, batchBytesMax = 0) {
    this.bytesMax = bytesMax
    this.turnBytesMax = Math.max(TURN_BYTES, batchBytesMax)
    this.aheadBytesMax = Math.max(AHEAD_BYTES, 2 * batchBytesMax)
    this.excessBytesMax = bytesMax + Math.max(recordBytesMax, Math.floor(bytesMax * EXCESS))
    this.lowBytes = bytesMax >> 1
  }

  get usedBytes(): number {
    return this.used + this.granted - this.left
  }

  /** More may follow in this turn. */
  get hasRoom(): boolean {
    if (this.left > 0) return true
    this.tally()
    return this.used < this.bytesMax && this.turnBytes < this.turnBytesMax &&
      (this.aheadBytes < this.aheadBytesMax || this.underWay === 0 || this.isSilent)
  }

  /** Even what is pushed against advice is not taken any more. */
  get isExceeded(): boolean {
    return this.usedBytes >= this.excessBytesMax
  }

  get waitingCount(): number {
    return this.line.size
  }

  /** Gives whether more may follow in this turn. */
  take(bytes: number): boolean {
    const left = this.left - bytes
    if (left <= 0) return this.takeLast(bytes)
    this.left = left
    return true
  }

  /** Nothing is granted that would be enough. */
  private takeLast(bytes: number): boolean {
    this.tally()
    if (!this.isTurning) this.turn()
    this.turnBytes += bytes
    this.used += bytes
    if (!this.hasRoom) return false
    const { bytesMax, turnBytes, turnBytesMax, used } = this
    this.granted = this.left = Math.min(bytesMax - used, turnBytesMax - turnBytes)
    return true
  }

  /** Counts what was taken of what was granted, and grants no more: things are about to change. */
  private tally(): void {
    const taken = this.granted - this.left
    this.granted = this.left = 0
    this.turnBytes += taken
    this.used += taken
  }

  /** A batch of so many bytes is ready to be sent. */
  ahead(bytes: number): void {
    this.tally()
    this.aheadBytes += bytes
    if (this.aheadBytes >= this.aheadBytesMax) this.listen()
  }

  /** It was sent, or given up before. */
  noLongerAhead(bytes: number): void {
    this.tally()
    this.aheadBytes -= bytes
    if (this.aheadBytes < this.aheadBytesMax) this.isSilent = false
    this.wake()
  }

  /** A request was sent, or is no longer under way. */
  requests(change: 1 | -1): void {
    this.tally()
    this.underWay += change
    if (change < 0) this.answered++
    if (this.underWay === 0) this.wake()
  }

  release(bytes: number): void {
    this.tally()
    this.used -= bytes
    this.serve()
    if (this.used <= this.lowBytes) callAll(this.whenLow)
    if (this.whenTurned.size > 0) this.turn()
  }

  /**
   * Runs `use` when there is room and it is its turn, perhaps at once, again and again until it
   * gives true. Returns the undo.
   */
  inLine(use: () => boolean): () => void {
    this.line.add(use)
    this.serve()
    return () => {
      this.line.delete(use)
      this.serve()
    }
  }

  /**
   * Calls back once half of the memory is free; in the next turn with room when there is memory; at
   * once when there is room. Returns the undo.
   */
  drained(callback: () => void): () => void {
    const once = () => callback()
    if (this.hasRoom) once()
    else if (this.used < this.bytesMax) this.whenTurned.add(once)
    else this.whenLow.add(once)
    return () => {
      this.whenTurned.delete(once)
      this.whenLow.delete(once)
    }
  }

  /** Hears whether answers come while what is ahead is at its bound. */
  private listen(): void {
    if (this.isListening || this.isSilent) return
    this.isListening = true
    const { answered } = this
    setTimeout(() => {
      this.isListening = false
      if (this.aheadBytes < this.aheadBytesMax) return
      if (this.answered !== answered) return this.listen()
      this.isSilent = true
      this.wake()
    }, SILENCE_MS).unref()
  }

  private wake(): void {
    if (this.whenTurned.size > 0 || this.line.size > 0) this.turn()
  }

  private turn(): void {
    if (this.isTurning) return
    this.isTurning = true
    setImmediate(this.onTurned)
  }

  private readonly onTurned = (): void => {
    this.tally()
    this.isTurning = false
    this.turnBytes = 0
    const { hasRoom } = this
    this.serve()
    // Whoever waits for the turn has his, however much those in line have taken of it.
    if (hasRoom && this.used < this.bytesMax) callAll(this.whenTurned)
  }

  private serve(): void {
    if (this.isServing || this.line.size === 0) return
    this.isServing = true
    try {
      for (const use of this.line) {
        while (this.hasRoom && this.line.has(use)) this.serveOne(use)
        if (!this.hasRoom) break
      }
    } finally {
      this.isServing = false
    }
  }

  /** One that throws is out of the line, too: those behind it are served. */
  private serveOne(use: () => boolean): void {
    let isDone = true
    try {
      isDone = use()
    } finally {
      if (isDone) this.line.delete(use)
    }
  }
}

const callAll = (set: Set<() => void>): void => {
  if (set.size === 0) return
  const callbacks = [...set]
  set.clear()
  for (const callback of callbacks) callback()
}
