// A fourth member joins three: which partitions move, what is revoked on the way, and for how long each
// partition is silent. The rebalance is the time from the fourth's readiness to join until the last
// assignment; a gap is the time between two deliveries of a partition of which a part lies in there.
//
// librdkafka pauses all its fetchers for a moment in an incremental rebalance, and its broker thread then
// sleeps for up to a second unless something wakes it. Frequent refreshes of metadata do wake it, so that
// what is measured with them is the rebalance and not that sleep.
import type { LedgerEntry } from "./GroupLedger.ts"
import { type Member, Members } from "./Members.ts"
import { SteadyProducer } from "./SteadyProducer.ts"

const PARTITIONS = 12
const all = Array.from({ length: PARTITIONS }, (_, partition) => partition)

export interface HandOverResult {
  readonly report: string
  /** What no cooperative rebalance may do, and what the ledger found; empty when right. */
  readonly problems: ReadonlyArray<string>
}

interface Owners {
  readonly [member: string]: ReadonlySet<number>
}

interface Change {
  readonly name: string
  readonly before: Owners
  readonly after: Owners
  readonly start: number
  readonly end: number
  readonly told: ReadonlyArray<LedgerEntry>
}

interface Place {
  readonly bootstrap: string
  readonly assignor: string
  /** Records a second and partition. */
  readonly rate: number
  readonly metadataRefreshMs: number
}

export const run = async (given: Place): Promise<HandOverResult> => {
  const { assignor, bootstrap, metadataRefreshMs, rate } = given
  const topic = `hand-over-${assignor}-${metadataRefreshMs}-${process.pid}`
  const place = { bootstrap, topic, partitions: PARTITIONS }
  const producer = await SteadyProducer.start({ ...place, rate })
  const members = new Members({ ...place, group: topic })
  const options = { assignor, sessionTimeoutMs: 6000, commitEvery: 0, metadataRefreshMs }
  try {
    for (let i = 0; i < 3; i++) members.add("confluent", options)
    await members.stable()
    await members.flowing()
    await members.flowing()
    const before = owners(members.live)
    const fourth = members.add("confluent", options)
    await members.stable()
    const after = owners(members.live)
    await members.flowing()
    const ends = await producer.stop()
    await members.caughtUp(ends)
    const { told } = members.ledger
    const given = told.filter((entry) => entry.event === "assigned")
    const start = fourth.readyAt!
    const name = `${assignor}, metadata refreshed each ${metadataRefreshMs} ms`
    const change = { name, before, after, start, end: given.at(-1)!.t, told }
    await Promise.all(members.live.map((member) => members.leave(member)))
    const { problems } = members.ledger.check(ends)
    return {
      report: report(change),
      problems: assignor === "cooperative-sticky" ? [...problems, ...disturbed(change)] : problems
    }
  } finally {
    producer.kill()
    await members.dispose()
  }
}

const owners = (members: ReadonlyArray<Member>): Owners =>
  Object.fromEntries(members.map(({ name, owned }) => [name, new Set(owned)]))

/** Those that have the same owner before and after. */
const stayed = ({ after, before }: Change): ReadonlyArray<number> =>
  all.filter((p) => Object.keys(before).some((name) => before[name]!.has(p) && after[name]!.has(p)))

/** Partitions that were taken from a member during the rebalance, though it may have got them again. */
const revoked = ({ end, start, told }: Change, member?: string): ReadonlyArray<number> =>
  told.flatMap((entry) =>
    (entry.event === "revoked" || entry.event === "lost") && entry.t >= start && entry.t <= end &&
      (member === undefined || entry.member === member)
      ? entry.partitions
      : []
  )

const deliveries = ({ told }: Change, partition: number): ReadonlyArray<number> =>
  told.flatMap((entry) =>
    entry.event === "record" && entry.partition === partition ? [entry.t] : []
  )

const disturbed = (change: Change): ReadonlyArray<string> => {
  const taken = new Set(revoked(change))
  return stayed(change).flatMap((partition) => {
    const during = deliveries(change, partition)
      .filter((t) => t >= change.start && t <= change.end)
    return [
      ...(taken.has(partition) ? [`partition ${partition} did not move, but was revoked`] : []),
      ...(during.length === 0 ? [`partition ${partition} did not move, but fell silent`] : [])
    ]
  })
}

/** The largest gap between deliveries of these partitions that touches the rebalance. */
const largestGapMs = (change: Change, partitions: ReadonlyArray<number>): number =>
  Math.max(
    0,
    ...partitions.flatMap((partition) => {
      const times = deliveries(change, partition)
      return times.slice(1).flatMap((t, i) =>
        t >= change.start && times[i]! <= change.end ? [t - times[i]!] : []
      )
    })
  )

const list = (partitions: Iterable<number>): string =>
  `[${[...partitions].sort((a, b) => a - b).join(" ")}]`

const report = (change: Change): string => {
  const { after, before, end, name, start } = change
  const still = stayed(change)
  const moved = all.filter((partition) => !still.includes(partition))
  const lines = Object.keys(after).map((name) => {
    const had = before[name] ?? new Set<number>()
    const has = after[name]!
    const taken = new Set(revoked(change, name))
    const kept = [...had].filter((partition) => !taken.has(partition))
    return `  ${name}: had ${list(had)}, revoked ${list(taken)}, kept ${list(kept)}, has ${
      list(has)
    }`
  })
  const gap = (partitions: ReadonlyArray<number>) => largestGapMs(change, partitions).toFixed(0)
  return [
    `${name}: a fourth member joins; rebalanced in ${(end - start).toFixed(0)} ms`,
    ...lines,
    `  largest gap: ${gap(still)} ms of the ${still.length} partitions that did not move ${
      list(still)
    },`,
    `               ${gap(moved)} ms of the ${moved.length} that did ${list(moved)}`,
    `  by partition, ms: ${all.map((partition) => gap([partition])).join(" ")}`
  ].join("\n")
}
