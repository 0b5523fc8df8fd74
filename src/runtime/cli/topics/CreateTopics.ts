// What `mymq topics create` does: makes topics, all alike.
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import { Admin } from "../../client/Admin.ts"
import type { Outcomes } from "../../client/admin/Outcomes.ts"
import type { CreatedTopic } from "../../client/admin/TopicChanges.ts"
import type * as BrokerFlags from "../BrokerFlags.ts"
import * as ClusterAccess from "../ClusterAccess.ts"
import * as Output from "../Output.ts"
import * as Quantity from "../Quantity.ts"
import * as Refusal from "../Refusal.ts"

export interface Given {
  readonly broker: BrokerFlags.Given
  readonly topics: ReadonlyArray<string>
  readonly partitions: Option.Option<number>
  readonly replicationFactor: Option.Option<number>
  readonly config: Readonly<Record<string, string>>
  readonly ifNotExists: boolean
  readonly dryRun: boolean
  readonly json: boolean
}

const create = Effect.fnUntraced(function*(given: Given) {
  const admin = yield* Admin
  const asked = given.topics.map((topic) => ({
    topic,
    partitions: Option.getOrUndefined(given.partitions),
    replicationFactor: Option.getOrUndefined(given.replicationFactor),
    configs: given.config
  }))
  const outcomes = yield* admin.createTopics(asked, { validateOnly: given.dryRun })
  const there = given.ifNotExists ? existing(outcomes) : []
  const news = new Map([...outcomes].filter(([topic]) => !there.includes(topic)))
  const { done, refused } = yield* Refusal.sorted("topic", news)
  if (given.json) {
    yield* Output.document([
      ...[...done.values()].map((topic) => ({ ...topic, isCreated: !given.dryRun })),
      ...there.map((topic) => ({ topic, isCreated: false })),
      ...refused.map(({ error, name }) => ({ topic: name, isCreated: false, error }))
    ])
  } else {
    const verb = given.dryRun ? "could create" : "created"
    for (const topic of done.values()) yield* Output.line(`${verb} ${described(topic)}`)
    for (const topic of there) yield* Output.line(`topic "${topic}" was there already`)
  }
  yield* Refusal.told(refused)
})

const existing = (outcomes: Outcomes<string, CreatedTopic>): ReadonlyArray<string> =>
  [...outcomes].filter(([, outcome]) =>
    outcome._tag === "Failure" &&
    outcome.failure.errorCode === ErrorCode.TOPIC_ALREADY_EXISTS
  ).map(([topic]) => topic)

const described = ({ partitions, replicationFactor, topic }: CreatedTopic): string => {
  const name = `topic "${topic}"`
  if (partitions < 0) return name
  const replicas = replicationFactor > 1 ? ` and ${replicationFactor} replicas of each` : ""
  return `${name} with ${Quantity.count(partitions, "partition")}${replicas}`
}

export const run = (given: Given) =>
  Effect.provide(create(given), ClusterAccess.layer(given.broker))
