// `mymq cluster`: its commands and their flags. What each does is loaded when it is asked for.
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as BrokerFlags from "./BrokerFlags.ts"
import * as JsonFlag from "./JsonFlag.ts"

const info = Command.make("info", {
  apis: Flag.Boolean("apis").pipe(
    Flag.withDescription("Also the APIs that each broker serves, and the versions spoken with it"),
    Flag.withDefault(false)
  ),
  json: JsonFlag.json,
  broker: BrokerFlags.flags
}, (given) =>
  Effect.flatMap(
    Effect.promise(() => import("./cluster/DescribeCluster.ts")),
    (it) => it.run(given)
  )).pipe(
    Command.withDescription(
      "Tell of the cluster: its id, its controller, its brokers and what lies on their disks"
    ),
    Command.withShortDescription("Tell of the cluster")
  )

export const command = Command.make("cluster").pipe(
  Command.withDescription("Tell of the cluster"),
  Command.withSubcommands([info])
)
