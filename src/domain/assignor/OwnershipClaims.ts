// Who owned a partition, by what members say. A member that was cut off for a while still claims what was
// given to others meanwhile: the claim of the latest generation counts. Two claims of one generation
// cannot both be true, so that neither counts.
import type { TopicName } from "../Topic.ts"
import * as TopicPartitions from "../TopicPartitions.ts"

export interface OwnershipClaim {
  readonly memberId: string
  readonly ownedPartitions: TopicPartitions.TopicPartitions
  /** -1 where the member does not say. */
  readonly generationId: number
}

/** Of several claims to a partition the best one; nobody's where two are equally good. */
interface Best {
  memberId: string | undefined
  generationId: number
}

/** What each member owns by right; members that own nothing are not named. */
export const rightfulOwners = (
  claims: ReadonlyArray<OwnershipClaim>
): ReadonlyMap<string, TopicPartitions.TopicPartitions> => {
  const topics = new Map<TopicName, Map<number, Best>>()
  for (const { generationId, memberId, ownedPartitions } of claims) {
    for (const [topic, partition] of TopicPartitions.each(ownedPartitions)) {
      const ofTopic = topics.get(topic) ?? new Map<number, Best>()
      topics.set(topic, ofTopic)
      const best = ofTopic.get(partition)
      if (best === undefined || generationId > best.generationId) {
        ofTopic.set(partition, { memberId, generationId })
      } else if (generationId === best.generationId) best.memberId = undefined
    }
  }
  const owners = new Map<string, Map<TopicName, Set<number>>>()
  for (const [topic, ofTopic] of topics) {
    for (const [partition, { memberId }] of ofTopic) {
      if (memberId === undefined) continue
      const owned = owners.get(memberId) ?? new Map<TopicName, Set<number>>()
      owners.set(memberId, owned)
      TopicPartitions.add(owned, topic, partition)
    }
  }
  return owners
}
