// Who makes the traffic that is captured: a client, and what it does against a broker
// at an address.
export interface Driver {
  /** Named in the comment of each frame: the client and its version. */
  readonly client: string
  /** Lower-case letters, in the names of files where several clients spoke the same version. */
  readonly variant: string
  /** The APIs to keep of this driver; all when absent. */
  readonly only?: ReadonlyArray<string>
  readonly drive: (bootstrap: string) => Promise<unknown>
}

/** Ten records, keyed, enough for a batch worth compressing and small enough to read. */
export const lines = Array.from({ length: 10 }, (_, i) => `key-${i}:value ${i} of ten`)

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms))
