// What `mymq groups lag` does: how far a group is behind, once or again and again. On a terminal a
// table is drawn over the last one; anywhere else tables follow each other, each under its time.
import * as CliTerminal from "effect/cli/TerminalCapabilities"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { Admin } from "../../client/Admin.ts"
import type { GroupLag } from "../../client/admin/GroupLag.ts"
import type * as BrokerFlags from "../BrokerFlags.ts"
import * as ClusterAccess from "../ClusterAccess.ts"
import * as Output from "../Output.ts"
import * as Quantity from "../Quantity.ts"
import * as Refusal from "../Refusal.ts"
import * as Table from "../Table.ts"

export interface Given {
  readonly broker: BrokerFlags.Given
  readonly group: string
  readonly watch: boolean
  readonly intervalSeconds: number
  readonly json: boolean
}

const COLUMNS = [
  { name: "TOPIC" },
  { name: "PARTITION", align: "right" },
  { name: "COMMITTED", align: "right" },
  { name: "END", align: "right" },
  { name: "LAG", align: "right" },
  { name: "MEMBER" }
] as const

/** Cursor to the upper left corner; clear to the end of the line, and of the screen. */
const HOME = "\x1b[H"
const END_OF_LINE = "\x1b[K\n"
const END_OF_SCREEN = "\x1b[J"
const WHOLE_SCREEN = "\x1b[2J"

const asked = ({ group }: Given) =>
  Admin.use((admin) => Refusal.named("group", group)(admin.groupLag(group)))

export const lag = Effect.fnUntraced(function*(given: Given) {
  const first = yield* asked(given)
  if (given.watch) return yield* watched(given, first)
  const { isStyled, write } = yield* Output.Output
  yield* given.json ? Output.document(plain(first)) : write(text(first, isStyled))
})

const watched = Effect.fnUntraced(function*(given: Given, first: GroupLag) {
  const { canAnimate } = yield* CliTerminal.TerminalCapabilities
  const { isStyled, write } = yield* Output.Output
  const isDrawn = canAnimate && !given.json
  if (isDrawn) yield* write(WHOLE_SCREEN)
  let told: Result.Result<GroupLag, Refusal.Refusal> = Result.succeed(first)
  while (true) {
    const time = new Date(yield* Clock.currentTimeMillis).toISOString()
    if (given.json) {
      yield* Output.jsonLine({
        time,
        ...Result.match(told, { onFailure: ({ detail }) => ({ error: detail }), onSuccess: plain })
      })
    } else {
      const shown = Result.match(told, {
        onFailure: ({ detail }) => `${detail}\n`,
        onSuccess: (lag) => text(lag, isStyled)
      })
      yield* write(isDrawn ? frame(`${time}\n${shown}`) : `${time}\n${shown}\n`)
    }
    yield* Effect.sleep(given.intervalSeconds * 1000)
    // A broker that is away for a while ends a look, not the watching.
    told = yield* Effect.result(asked(given))
  }
})

/** Drawn over what is there, without clearing it first, so that nothing flickers. */
const frame = (screen: string): string =>
  `${HOME}${screen.replaceAll("\n", END_OF_LINE)}${END_OF_SCREEN}`

const text = ({ group, lag, partitions }: GroupLag, isStyled: boolean): string => {
  const rows = partitions.map((each) => [
    each.topic,
    each.partition,
    each.committedOffset ?? "none",
    each.endOffset,
    each.lag,
    each.member === undefined ? "" : each.member.groupInstanceId ?? each.member.memberId
  ])
  const members = Quantity.count(group.members.length, "member")
  const sum = `${group.groupId}: ${group.state}, ${members}, ` +
    `${Quantity.count(lag, "record")} behind`
  return `${Table.format(COLUMNS, rows, isStyled)}\n${sum}\n`
}

const plain = ({ group, lag, partitions }: GroupLag) => ({
  groupId: group.groupId,
  state: group.state,
  members: group.members.length,
  lag,
  partitions: partitions.map(({ member, ...each }) => ({
    ...each,
    committedOffset: each.committedOffset ?? null,
    memberId: member?.memberId ?? null
  }))
})

export const run = (given: Given) => Effect.provide(lag(given), ClusterAccess.layer(given.broker))
