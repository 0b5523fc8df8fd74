// What the bench and its load say to each other.

export type ToLoad = "sample" | "stop"

export interface Latency {
  readonly p50Ms: number
  readonly p99Ms: number
}

/** Of one interval; counts are from the start on. */
export interface LoadSample {
  /** The load's own clock, ms. */
  readonly atMs: number
  readonly acked: number
  /** How long the record has been due that would be pushed next: whether the load keeps its pace. */
  readonly lateMs: number
  /** From when a record was due to when the stream gave it: of topics with acks=1, and acks=all. */
  readonly latency: Latency
  readonly syncedLatency: Latency
  /** The longest that the event loop was held up. */
  readonly stallMs: number
  readonly heapMegabytes: number
}

/** What was done in all, and what was wrong with it. */
export interface LoadEnd {
  readonly acked: number
  readonly streamed: number
  readonly grouped: number
  /** Given to the group again after a rebalance. */
  readonly groupedAgain: number
  readonly refusedCommits: number
  readonly reread: number
  readonly topics: number
  readonly members: number
  readonly connections: number
  readonly problems: ReadonlyArray<string>
}

export type FromLoad =
  /** The maximum of the mix, and what is done from now on; messages a second. */
  | { readonly kind: "paced"; readonly maximum: number | undefined; readonly rate: number }
  | { readonly kind: "sample"; readonly sample: LoadSample }
  | { readonly kind: "end"; readonly end: LoadEnd }
