// What the members of a group said, and whether it was right. Two members never own a partition at one
// time; a record is processed by its owner; none is passed over: whoever gets a partition begins at or
// after the last acknowledged commit, and at or before the first record that nobody has processed.
// Lines of several processes are put in order by the machine's monotonic clock, which all of them use.
//
// A member that was stopped beyond its session is a zombie until it hears of its loss: what others took
// over meanwhile it may go on processing (again, not first: that is the client's lot), but its commits
// for it must be refused. A commit counts as of its sending, since it was acknowledged in the end.

export type LedgerEntry =
  & { readonly t: number; readonly member: string }
  & (
    | {
      readonly event: "assigned" | "revoked" | "lost"
      readonly partitions: ReadonlyArray<number>
    }
    | {
      readonly event: "record"
      readonly partition: number
      readonly offset: number
      readonly value: string
    }
    | {
      readonly event: "committed"
      readonly offsets: ReadonlyArray<readonly [partition: number, offset: number]>
    }
    | { readonly event: "killed" | "stopped" | "closed" }
  )

export interface LedgerResult {
  readonly problems: ReadonlyArray<string>
  readonly processed: number
  /** Records processed more than once, as they may after a crash. */
  readonly repeated: number
  readonly commits: number
  /** How often a partition got an owner. */
  readonly assignments: number
}

export interface LedgerRules {
  /** Members of a client that commits what it had once more after it has joined anew. */
  readonly commitsLate?: (member: string) => boolean
}

interface PartitionState {
  owner: string | undefined
  /** The first offset that nobody has processed. */
  next: number
  committed: number
  /** Where the owner is, once it has processed a record. */
  position: number | undefined
}

export class GroupLedger {
  private readonly entries: Array<LedgerEntry> = []
  private readonly counts = new Map<number, number>()

  add(entry: LedgerEntry): void {
    this.entries.push(entry)
    if (entry.event === "record") {
      this.counts.set(entry.partition, Math.max(this.end(entry.partition), entry.offset + 1))
    }
  }

  /** One more than the highest offset processed so far. */
  end(partition: number): number {
    return this.counts.get(partition) ?? 0
  }

  /** All that was said, in the order of the clock. */
  get told(): ReadonlyArray<LedgerEntry> {
    return this.entries.toSorted((a, b) => a.t - b.t)
  }

  check(ends: ReadonlyArray<number>, rules: LedgerRules = {}): LedgerResult {
    const replay = new Replay(ends.length, rules)
    for (const entry of this.told) replay.apply(entry)
    replay.finish(ends)
    const { assignments, commits, problems, processed, repeated } = replay
    return { assignments, commits, problems, processed, repeated }
  }
}

class Replay {
  readonly problems: Array<string> = []
  processed = 0
  repeated = 0
  commits = 0
  assignments = 0
  private readonly partitions: ReadonlyArray<PartitionState>
  /** Members stopped by a signal that have not heard of the group since. */
  private readonly stopped = new Set<string>()
  /** "member partition" of what was taken over from a stopped member that does not know it yet. */
  private readonly zombies = new Set<string>()
  private readonly rules: LedgerRules

  constructor(count: number, rules: LedgerRules) {
    this.rules = rules
    this.partitions = Array.from({ length: count }, () => ({
      owner: undefined,
      next: 0,
      committed: 0,
      position: undefined
    }))
  }

  apply(entry: LedgerEntry): void {
    const { member } = entry
    switch (entry.event) {
      case "assigned":
        this.hears(member)
        for (const partition of entry.partitions) this.assign(entry, partition)
        return
      case "revoked":
      case "lost":
        this.hears(member)
        for (const partition of entry.partitions) this.release(member, partition)
        return
      case "record":
        return this.record(entry, entry.partition, entry.offset, entry.value)
      case "committed":
        for (const [partition, offset] of entry.offsets) this.commit(entry, partition, offset)
        return
      case "stopped":
        this.stopped.add(member)
        return
      case "killed":
      case "closed":
        this.hears(member)
        for (const partition of this.partitions.keys()) this.release(member, partition)
    }
  }

  finish(ends: ReadonlyArray<number>): void {
    for (const [partition, end] of ends.entries()) {
      const { next } = this.partitions[partition]!
      if (next !== end) {
        this.problems.push(`partition ${partition}: ${end} were produced, ${next} processed`)
      }
    }
  }

  private hears(member: string): void {
    this.stopped.delete(member)
    for (const key of this.zombies) if (key.startsWith(`${member} `)) this.zombies.delete(key)
  }

  private assign(entry: LedgerEntry, partition: number): void {
    const state = this.partitions[partition]!
    const before = state.owner
    if (before !== undefined && this.stopped.has(before)) this.zombies.add(`${before} ${partition}`)
    else if (before !== undefined) {
      this.wrong(entry, partition, `is given to ${entry.member} while ${before} has it`)
    }
    state.owner = entry.member
    state.position = undefined
    this.assignments++
  }

  private release(member: string, partition: number): void {
    const state = this.partitions[partition]!
    if (state.owner === member) state.owner = undefined
  }

  private record(entry: LedgerEntry, partition: number, offset: number, value: string): void {
    const state = this.partitions[partition]!
    this.processed++
    if (value !== `${partition}:${offset}`) {
      this.wrong(entry, partition, `holds "${value}" at ${offset}`)
    }
    if (this.zombies.has(`${entry.member} ${partition}`)) {
      if (offset < state.next) this.repeated++
      else state.next = Math.max(state.next, offset === state.next ? offset + 1 : 0)
      return
    }
    if (state.owner !== entry.member) {
      this.wrong(entry, partition, `${offset} is processed by ${entry.member}, not ${state.owner}`)
    }
    if (state.position === undefined && offset < state.committed) {
      this.wrong(entry, partition, `is begun at ${offset}, ${state.committed} was committed`)
    }
    if (state.position !== undefined && offset !== state.position) {
      this.wrong(entry, partition, `goes from ${state.position - 1} to ${offset}`)
    }
    if (offset > state.next) this.wrong(entry, partition, `${state.next} to ${offset} is skipped`)
    if (offset < state.next) this.repeated++
    state.position = offset + 1
    state.next = Math.max(state.next, offset + 1)
  }

  private commit(entry: LedgerEntry, partition: number, offset: number): void {
    const state = this.partitions[partition]!
    this.commits++
    if (this.rules.commitsLate?.(entry.member) !== true) {
      if (state.owner !== entry.member) {
        this.wrong(entry, partition, `takes a commit of ${entry.member}, which does not own it`)
      }
      if (offset < state.committed) {
        this.wrong(entry, partition, `is committed at ${offset} after ${state.committed}`)
      }
    }
    if (offset > state.next) {
      this.wrong(entry, partition, `is committed at ${offset}, only ${state.next} were processed`)
    }
    state.committed = offset
  }

  private wrong(entry: LedgerEntry, partition: number, what: string): void {
    const at = entry.t.toFixed(1)
    this.problems.push(`${at} ms, ${entry.member}: partition ${partition} ${what}`)
  }
}
