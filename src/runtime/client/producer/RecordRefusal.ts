// Why a record is not taken, told before `push` returns.
import * as ClientError from "../ClientError.ts"
import type { TopicQueues } from "./TopicQueues.ts"

export const NO_RECORD = ClientError.invalid(
  "a record's key and value are bytes, text or null, and its headers pairs of a name and such bytes"
)

export const noPartition = (
  { partitionCount, topic }: TopicQueues,
  partition: number
): ClientError.ClientError =>
  ClientError.invalid(
    `${topic} has ${partitionCount} partitions, none of them is number ${partition}`
  )

export const tooLarge = (bytes: number, bytesMax: number): ClientError.ClientError =>
  new ClientError.ClientError({ reason: ClientError.Reason.RecordTooLarge({ bytes, bytesMax }) })

export const full = (bytesMax: number): ClientError.ClientError =>
  new ClientError.ClientError({ reason: ClientError.Reason.BufferFull({ bytesMax }) })
