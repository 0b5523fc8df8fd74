// What a broker says it serves (ApiVersions), and from it the version in which each API is spoken: the
// newest that both sides know. Features ride along (KIP-584).
import type { ApiVersions } from "../../../domain/protocol/ApiVersions.ts"
import { Fetch } from "../../../domain/protocol/Fetch.ts"
import { Produce } from "../../../domain/protocol/Produce.ts"
import type * as Api from "../../../domain/wire/Api.ts"
import type * as VersionRange from "../../../domain/wire/VersionRange.ts"

/** Versions that are declared, but that this client does not speak. */
const FLOORS: ReadonlyMap<number, number> = new Map([
  // Message sets of magic 0 and 1.
  [Produce.key, 3],
  [Fetch.key, 4]
])

export class ServedVersions {
  private readonly ranges: ReadonlyMap<number, VersionRange.VersionRange>
  /** The level at which the cluster runs a feature, by its name. */
  readonly features: ReadonlyMap<string, number>

  constructor(answer: Api.Response<typeof ApiVersions>) {
    this.ranges = new Map(
      answer.apiKeys.map(({ apiKey, maxVersion, minVersion }) =>
        [apiKey, { min: minVersion, max: maxVersion }] as const
      )
    )
    this.features = new Map(
      answer.finalizedFeatures.map(({ maxVersionLevel, name }) => [name, maxVersionLevel])
    )
  }

  rangeOf(api: Api.Api): VersionRange.VersionRange | undefined {
    return this.ranges.get(api.key)
  }

  /** Undefined when both sides share no version up to `versionMax`. */
  pick(api: Api.Api, versionMax = api.versions.max): number | undefined {
    const served = this.ranges.get(api.key)
    if (served === undefined) return undefined
    const version = Math.min(served.max, api.versions.max, versionMax)
    const least = Math.max(served.min, api.versions.min, FLOORS.get(api.key) ?? 0)
    return version >= least ? version : undefined
  }
}
