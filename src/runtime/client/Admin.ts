// The cluster's administration: topics, settings, records, offsets, groups, brokers. Calls about many
// things answer for each (`admin/Outcomes`): a Result with a value or a ClientError, so that one refused
// topic hides nothing of the others; `Admin.orFail(call)` fails with the first error instead.
//
// Each request goes to the broker that is responsible for it; what was refused because another one is, or
// none yet, goes out again until `timeoutMs` of the call (the client's api timeout) is over. Requests
// that may have been done are sent again only where doing them twice does no harm (`admin/Rounds`).
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ClusterInfo from "./admin/ClusterInfo.ts"
import * as ConfigChanges from "./admin/ConfigChanges.ts"
import * as Configs from "./admin/Configs.ts"
import * as GroupDescriptions from "./admin/GroupDescriptions.ts"
import * as GroupLag from "./admin/GroupLag.ts"
import * as GroupOffsets from "./admin/GroupOffsets.ts"
import * as Groups from "./admin/Groups.ts"
import * as LogDirs from "./admin/LogDirs.ts"
import * as Offsets from "./admin/Offsets.ts"
import * as Outcomes from "./admin/Outcomes.ts"
import * as Records from "./admin/Records.ts"
import { Routes } from "./admin/Routes.ts"
import * as TopicChanges from "./admin/TopicChanges.ts"
import * as Topics from "./admin/Topics.ts"
import { Cluster } from "./cluster/Cluster.ts"

export interface AdminCalls
  extends
    Topics.Topics,
    TopicChanges.TopicChanges,
    Configs.Configs,
    ConfigChanges.ConfigChanges,
    Records.Records,
    Offsets.Offsets,
    Groups.Groups,
    GroupDescriptions.GroupDescriptions,
    GroupOffsets.GroupOffsets,
    GroupLag.GroupLags,
    ClusterInfo.ClusterInfo,
    LogDirs.LogDirs
{}

export class Admin extends Context.Service<Admin, AdminCalls>()("mymq/runtime/client/Admin") {
  static readonly layer: Layer.Layer<Admin, never, Cluster> = Layer.effect(
    Admin,
    Effect.map(Cluster, (cluster) => make(cluster))
  )

  /** All values of a call, or the first error. */
  static readonly orFail: typeof Outcomes.orFail = Outcomes.orFail

  /** The value of a call about one thing. */
  static readonly onlyOne: typeof Outcomes.onlyOne = Outcomes.onlyOne
}

const make = (cluster: Cluster["Service"]): AdminCalls => {
  const routes = new Routes(cluster)
  const configs = Configs.make(routes)
  const offsets = Offsets.make(routes)
  const descriptions = GroupDescriptions.make(routes)
  const groupOffsets = GroupOffsets.make(routes)
  return {
    ...Topics.make(routes),
    ...TopicChanges.make(routes),
    ...configs,
    ...ConfigChanges.make(routes, configs),
    ...Records.make(routes),
    ...offsets,
    ...Groups.make(routes),
    ...descriptions,
    ...groupOffsets,
    ...GroupLag.make({ ...descriptions, ...groupOffsets, ...offsets }),
    ...ClusterInfo.make(routes),
    ...LogDirs.make(routes)
  }
}
