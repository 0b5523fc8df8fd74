// What has to be written when a group of either kind goes from one value to the next. A change of kind is
// the end of the one and the whole of the other in one step: a crash leaves the group as one of them.
import * as ConsumerGroup from "../consumer/ConsumerGroup.ts"
import * as ConsumerRecords from "../consumer/ConsumerRecords.ts"
import type { Group } from "../Group.ts"
import type { GroupAction } from "../GroupAction.ts"
import * as GroupRecord from "../GroupRecord.ts"
import type { AnyAction, AnyGroup } from "./AnyGroup.ts"

type Records = ReadonlyArray<GroupRecord.StoredRecord>

export const between = (
  before: AnyGroup,
  after: AnyGroup,
  actions: ReadonlyArray<AnyAction>
): Records => {
  const { groupId } = after.group
  if (after._tag === "Consumer") {
    if (before._tag === "Consumer") return ConsumerRecords.between(before.group, after.group)
    return [
      ...(before.group.generationId > 0 ? [GroupRecord.group(groupId, null)] : []),
      ...ConsumerRecords.between(ConsumerGroup.empty(groupId), after.group)
    ]
  }
  if (before._tag === "Classic") {
    return actions.flatMap((action) => action._tag === "Classic" ? asked(action, after.group) : [])
  }
  const end = { ...before.group, members: new Map(), isDead: true }
  return [
    ...ConsumerRecords.between(before.group, end),
    // Without a leader: a group that is found like this has still to rebalance.
    ...(after.group.generationId > 0
      ? [GroupRecord.group(groupId, { ...after.group, leaderId: null })]
      : [])
  ]
}

const asked = ({ action }: { readonly action: GroupAction }, group: Group): Records => {
  if (action._tag === "Store") return [GroupRecord.group(group.groupId, group)]
  if (action._tag === "Forget") return [GroupRecord.group(group.groupId, null)]
  return []
}

/** What is written in one batch is found whole or not at all. */
const ATOMIC_BYTES_MAX = 500_000

export const isAtomic = (records: Records): boolean => {
  let bytes = 0
  for (const { key, value } of records) bytes += key.length + (value?.length ?? 0) + RECORD_BYTES
  return bytes <= ATOMIC_BYTES_MAX
}

/** Lengths, times and offsets of a record, at the most. */
const RECORD_BYTES = 40
