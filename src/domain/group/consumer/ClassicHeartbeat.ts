// Heartbeat of a member of the classic protocol in a consumer group: it lives, and learns that it has to
// join again. Facts are those of Kafka's GroupMetadataManager.classicGroupHeartbeatToConsumerGroup.
import { ErrorCode } from "../../ErrorCode.ts"
import type { HeartbeatEvent } from "../GroupEvent.ts"
import * as ClassicMember from "./ClassicMember.ts"
import type { ConsumerTransition } from "./ConsumerTransition.ts"

export const classicHeartbeat = (t: ConsumerTransition, event: HeartbeatEvent): void => {
  const member = ClassicMember.identifyInGeneration(t.group, event)
  if (typeof member === "number") return t.answerCode(event.requestId, member)
  t.refresh(false)
  t.arm(`session/${member.memberId}`, member.classic.sessionTimeoutMs)
  if (!ClassicMember.hasToJoin(t.group, member)) {
    return t.answerCode(event.requestId, ErrorCode.NONE)
  }
  ClassicMember.callToJoin(t, member)
  t.answerCode(event.requestId, ErrorCode.REBALANCE_IN_PROGRESS)
}
