// Reads and plays the transcripts of this folder: an event on a line, and under it, indented, what the group
// did, which records it stored (their kinds, as keys of __consumer_offsets begin) and what it is then. A
// comment begins with #. `topics name:partitions,...` says which topics there are; `group` begins a new group,
// `classic-group` a new one of the classic protocol; `policy` says which of them may become the other.
import { rangeAssignor } from "../../../../src/domain/assignor/RangeAssignor.ts"
import { uniformAssignor } from "../../../../src/domain/assignor/UniformAssignor.ts"
import { ErrorCode } from "../../../../src/domain/ErrorCode.ts"
import * as ConsumerGroup from "../../../../src/domain/group/consumer/ConsumerGroup.ts"
import type { ConsumerAction } from "../../../../src/domain/group/consumer/ConsumerTransition.ts"
import type { GroupAction } from "../../../../src/domain/group/GroupAction.ts"
import * as AnyGroup from "../../../../src/domain/group/migration/AnyGroup.ts"
import { step } from "../../../../src/domain/group/migration/AnyStep.ts"
import type { AnyWorld } from "../../../../src/domain/group/migration/Migration.ts"
import * as TopicPartitions from "../../../../src/domain/TopicPartitions.ts"
import * as ClassicWords from "./ClassicWords.ts"

const listed = (text: string): Array<[string, string]> =>
  text === "" ? [] : text.split(",").map((part) => part.split(":", 2) as [string, string])

/** Topics of a test: ids that can be read back into names. */
export class Topics {
  version = 0
  private readonly partitions = new Map<string, number>()
  private readonly names: Array<string> = []

  set(name: string, partitions: number): void {
    if (!this.names.includes(name)) this.names.push(name)
    this.partitions.set(name, partitions)
    this.version++
  }

  idOf(name: string): string {
    return `00000000-0000-0000-0000-${String(this.names.indexOf(name)).padStart(12, "0")}`
  }

  nameOf(id: string): string {
    return this.names[Number(id.slice(-12))]!
  }

  world(maxSize = 100): ConsumerGroup.ConsumerGroupWorld {
    return {
      topicsVersion: this.version,
      topic: (name) => {
        const partitions = this.partitions.get(name)
        return partitions === undefined ? undefined : { id: this.idOf(name), partitions }
      },
      matching: (regex) => {
        if (regex.includes("(")) return undefined
        return this.names.filter((name) => new RegExp(`^${regex}$`).test(name))
      },
      assignors: [uniformAssignor, rangeAssignor],
      maxSize,
      minClassicSessionTimeoutMs: 6000,
      maxClassicSessionTimeoutMs: 1_800_000,
      sessionTimeoutMs: 45_000,
      heartbeatIntervalMs: 5000
    }
  }

  /** The world of groups of both kinds. */
  any(policy = "bidirectional", maxSize = 100): AnyWorld {
    return {
      nowMs: 0,
      consumer: this.world(maxSize),
      policy: {
        isUpgradeAllowed: policy === "upgrade" || policy === "bidirectional",
        isDowngradeAllowed: policy === "downgrade" || policy === "bidirectional"
      },
      limits: {
        initialRebalanceDelayMs: 0,
        minSessionTimeoutMs: 6000,
        maxSessionTimeoutMs: 1_800_000,
        maxSize: 100,
        newMemberJoinTimeoutMs: 300_000
      }
    }
  }

  /** "orders:0,orders:1" */
  read(text: string): TopicPartitions.TopicPartitions {
    return TopicPartitions.fromList(
      listed(text).map(([name, partition]) => ({
        topicId: this.idOf(name),
        partitions: [Number(partition)]
      }))
    )
  }

  write(all: TopicPartitions.TopicPartitions): string {
    return TopicPartitions.toList(all)
      .flatMap(({ partitions, topicId }) => partitions.map((i) => `${this.nameOf(topicId)}:${i}`))
      .join(",") || "nothing"
  }
}

/** Plays all events of a transcript; gives it with what was really done and become. */
export const play = (transcript: string): string => {
  let group = AnyGroup.consumer(ConsumerGroup.empty("g"))
  let policy = "bidirectional"
  let topics = new Topics()
  let maxSize = 100
  let requestId = 0
  const lines: Array<string> = []
  for (const line of transcript.split("\n")) {
    if (line.startsWith(" ")) continue
    lines.push(line)
    if (line === "" || line.startsWith("#")) continue
    const [verb = "", ...words] = line.split(" ")
    if (verb === "policy") {
      policy = words[0] ?? ""
      continue
    }
    if (verb === "group" || verb === "classic-group") {
      group = verb === "group"
        ? AnyGroup.consumer(ConsumerGroup.empty("g"))
        : AnyGroup.empty("g", 0)
      policy = "bidirectional"
      topics = new Topics()
      maxSize = Number(words[0] ?? "100")
      requestId = 0
      continue
    }
    if (verb === "topics") {
      for (const [name, partitions] of listed(words[0] ?? "")) topics.set(name, Number(partitions))
      continue
    }
    const event = eventOf(verb, words, topics, ++requestId)
    const stepped = step(group, event, topics.any(policy, maxSize))
    const kinds = stepped.records
      .map(({ key, value }) => `${key.readInt16BE(0)}${value === null ? "-" : ""}`)
    group = stepped.value
    if (kinds.length > 0) lines.push(`  store ${kinds.join(" ")}`)
    lines.push(
      ...stepped.actions.map((action) =>
        action._tag === "Consumer"
          ? `  ${told(action.action, topics)}`
          : `  ${ClassicWords.told(action.action)}`
      ),
      `  = ${summary(group, topics)}`
    )
  }
  return lines.join("\n")
}

const EPOCHS: Readonly<Record<string, number>> = { join: 0, leave: -1, "leave-static": -2 }

const eventOf = (
  verb: string,
  words: ReadonlyArray<string>,
  topics: Topics,
  requestId: number
): AnyGroup.AnyEvent => {
  const memberId = words.find((word) => !word.includes("=")) ?? ""
  const named = new Map(words.map((word) => word.split("=", 2) as [string, string]))
  const newMemberId = `c-${requestId}`
  const classic = ClassicWords.eventOf(verb, memberId, named, { requestId, newMemberId })
  if (classic !== undefined) return { _tag: "Classic", event: classic }
  const epoch = Number(named.get("epoch") ?? EPOCHS[verb] ?? "0")
  switch (verb) {
    case "join":
    case "beat":
    case "leave":
    case "leave-static": {
      const owned = named.get("owned")
      const subscribed = named.get("topics")
      return {
        _tag: "Consumer",
        event: {
          _tag: "Heartbeat",
          requestId,
          memberId,
          memberEpoch: epoch,
          instanceId: named.get("instance") ?? null,
          clientId: "client",
          clientHost: "/127.0.0.1",
          rackId: named.get("rack") ?? null,
          rebalanceTimeoutMs: Number(named.get("rebalance") ?? (verb === "join" ? "30000" : "-1")),
          subscribedTopicNames: subscribed === undefined
            ? (verb === "join" && !named.has("regex") ? ["orders"] : null)
            : subscribed.split(",").filter((name) => name !== ""),
          subscribedTopicRegex: named.get("regex") ?? null,
          serverAssignor: named.get("assignor") ?? null,
          owned: owned === undefined
            ? (verb === "join" ? TopicPartitions.NONE : null)
            : topics.read(owned)
        }
      }
    }
    case "commit":
      return {
        _tag: "Classic",
        event: { _tag: "Commit", requestId, memberId, groupInstanceId: null, generationId: epoch }
      }
    case "delete":
      return { _tag: "Classic", event: { _tag: "Delete", requestId } }
    case "session-expires":
      return { _tag: "Consumer", event: { _tag: "SessionExpired", memberId } }
    case "rebalance-expires":
      return { _tag: "Consumer", event: { _tag: "RebalanceExpired", memberId } }
    case "join-expires":
      return { _tag: "Consumer", event: { _tag: "JoinExpired", memberId } }
    case "sync-expires":
      return { _tag: "Consumer", event: { _tag: "SyncExpired", memberId } }
    default:
      throw new Error(`a transcript says "${verb}", which is no event`)
  }
}

const { code } = ClassicWords

const told = (action: ConsumerAction, topics: Topics): string => {
  switch (action._tag) {
    case "Answer": {
      const { assignment, errorCode, memberEpoch, memberId } = action.answer
      if (errorCode !== ErrorCode.NONE) return `answer ${action.requestId} ${code(errorCode)}`
      return `answer ${action.requestId} ${memberId} epoch=${memberEpoch}` +
        (assignment === null ? "" : ` owns ${topics.write(assignment)}`)
    }
    case "KeepTimer":
      return `timer ${action.timer} ${action.delayMs} ms, unless it runs`
    default:
      // Their timers have other names, which are only told here.
      return ClassicWords.told(action as GroupAction)
  }
}

const summary = ({ _tag, group }: AnyGroup.AnyGroup, topics: Topics): string => {
  if (_tag === "Classic") return ClassicWords.summary(group)
  const members = [...group.members.values()].map((member) =>
    `${member.memberId}@${member.memberEpoch} ${topics.write(member.assigned)}` +
    (member.revoking.size === 0 ? "" : ` (gives up ${topics.write(member.revoking)})`) +
    (member.state === "unreleased" ? " (waits for more)" : "") +
    (member.classic === null ? "" : " (classic)")
  )
  return `${ConsumerGroup.stateOf(group)} ${group.groupEpoch}: ${members.join("; ") || "nobody"}`
}
