// Everybody gets as many partitions as the others, as far as subscriptions allow, and what a member has
// stays where it is as long as that does not stand in the way. Kafka's uniform assignor promises the same;
// which partition moves, where any would do, is not promised by either.
import type { PartitionId, TopicId } from "../Topic.ts"
import * as TopicPartitions from "../TopicPartitions.ts"
import { type Assignor, type AssignorMember, inOrder, subscribedTopics } from "./Assignor.ts"

type Place = readonly [TopicId, PartitionId]

interface Load {
  readonly member: AssignorMember
  readonly owned: Map<TopicId, Set<PartitionId>>
  count: number
}

export const uniformAssignor: Assignor = {
  name: "uniform",
  assign: (members, partitionsOf) => {
    const topics = subscribedTopics(members)
    const loads = inOrder(members).map((member): Load => ({ member, owned: new Map(), count: 0 }))
    const places = topics.flatMap((topicId) =>
      Array.from({ length: partitionsOf(topicId) }, (_, partition): Place => [topicId, partition])
    )
    const isHomogeneous = members.every(({ topicIds }) => topicIds.size === topics.length)
    if (isHomogeneous) spread(loads, places)
    else balance(loads, places)
    return new Map(loads.map(({ member, owned }) => [member.memberId, owned]))
  }
}

const give = (load: Load, [topicId, partition]: Place): void => {
  TopicPartitions.add(load.owned, topicId, partition)
  load.count++
}

const take = (load: Load, [topicId, partition]: Place): void => {
  const partitions = load.owned.get(topicId)!
  partitions.delete(partition)
  if (partitions.size === 0) load.owned.delete(topicId)
  load.count--
}

/** Who had each place, of those that still can have it. */
const formerOwners = (loads: ReadonlyArray<Load>): ReadonlyMap<string, Load> => {
  const owners = new Map<string, Load>()
  for (const load of loads) {
    for (const [topicId, partition] of TopicPartitions.each(load.member.target)) {
      if (load.member.topicIds.has(topicId)) owners.set(`${topicId}/${partition}`, load)
    }
  }
  return owners
}

/** All members read the same: each has its quota, filled with what it had first. */
const spread = (loads: ReadonlyArray<Load>, places: ReadonlyArray<Place>): void => {
  const quota = Math.floor(places.length / loads.length)
  let larger = places.length % loads.length
  const owners = formerOwners(loads)
  const free: Array<Place> = []
  for (const place of places) {
    const owner = owners.get(place.join("/"))
    if (owner === undefined || owner.count > quota || (owner.count === quota && larger === 0)) {
      free.push(place)
      continue
    }
    if (owner.count === quota) larger--
    give(owner, place)
  }
  // In turn, one each, so that partitions of one topic go to different members.
  let next = 0
  for (let hasGiven = true; hasGiven;) {
    hasGiven = false
    for (const load of loads) {
      if (load.count >= quota || next === free.length) continue
      give(load, free[next++]!)
      hasGiven = true
    }
  }
  for (const load of loads) {
    if (next === free.length) break
    if (load.count === quota) give(load, free[next++]!)
  }
}

/** Members read different topics: whatever can go to somebody with two fewer does so. */
const balance = (loads: ReadonlyArray<Load>, places: ReadonlyArray<Place>): void => {
  const former = formerOwners(loads)
  const owners = new Map<Place, Load>()
  const readers = new Map<TopicId, ReadonlyArray<Load>>()
  const leastOf = (topicId: TopicId): Load => {
    const candidates = readers.get(topicId) ??
      loads.filter(({ member }) => member.topicIds.has(topicId))
    readers.set(topicId, candidates)
    return candidates.reduce((least, load) => load.count < least.count ? load : least)
  }
  const given = (place: Place, load: Load): void => {
    owners.set(place, load)
    give(load, place)
  }
  for (const place of places) {
    const owner = former.get(place.join("/"))
    if (owner !== undefined) given(place, owner)
  }
  for (const place of places) if (!owners.has(place)) given(place, leastOf(place[0]))
  for (let hasMoved = true; hasMoved;) {
    hasMoved = false
    for (const place of places) {
      const owner = owners.get(place)!
      const least = leastOf(place[0])
      if (least.count + 1 >= owner.count) continue
      take(owner, place)
      given(place, least)
      hasMoved = true
    }
  }
}
