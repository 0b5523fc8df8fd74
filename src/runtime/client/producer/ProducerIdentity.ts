// Who an idempotent producer is for the brokers: an id from InitProducerId, asked for when the first batch
// wants to go, and an epoch. After a gap in the numbers the epoch is raised here, without asking anybody, and
// numbers begin at 0 again: nobody else has the id, so that the next higher epoch is free (KIP-360).
// Source: Kafka's TransactionManager.bumpIdempotentProducerEpoch.
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import { InitProducerId } from "../../../domain/protocol/InitProducerId.ts"
import * as ClientError from "../ClientError.ts"
import type { Cluster } from "../cluster/Cluster.ts"
import * as Retry from "../cluster/Retry.ts"
import type { ProducerIdAndEpoch } from "./ProducerBatch.ts"

const EPOCH_MAX = 32_767
const NO_TRANSACTION = {
  transactionalId: null,
  transactionTimeoutMs: 2_147_483_647,
  producerId: -1,
  producerEpoch: -1
}

export class ProducerIdentity {
  private readonly cluster: Cluster["Service"]
  private readonly run: (effect: Effect.Effect<void>) => void
  private readonly onKnown: () => void
  private readonly onRefused: (error: ClientError.ClientError) => void
  private known: ProducerIdAndEpoch | undefined
  private isAsking = false

  constructor(
    cluster: Cluster["Service"],
    run: (effect: Effect.Effect<void>) => void,
    onKnown: () => void,
    onRefused: (error: ClientError.ClientError) => void
  ) {
    this.cluster = cluster
    this.run = run
    this.onKnown = onKnown
    this.onRefused = onRefused
  }

  /** Undefined while it is asked for; `onKnown` is called then. */
  get current(): ProducerIdAndEpoch | undefined {
    if (this.known === undefined) this.ask()
    return this.known
  }

  /** Numbers given under `used` have a gap: those to come are given under another. */
  raise(used: ProducerIdAndEpoch): void {
    if (this.known !== used) return
    this.known = used.epoch < EPOCH_MAX
      ? { producerId: used.producerId, epoch: used.epoch + 1 }
      : undefined
  }

  private ask(): void {
    if (this.isAsking) return
    this.isAsking = true
    this.run(Effect.match(this.asked, {
      onFailure: (error) => {
        this.isAsking = false
        // A cluster that could not be reached is asked again, as long as anything waits for it.
        if (error.isRetriable) this.onKnown()
        else this.onRefused(error)
      },
      onSuccess: (identity) => {
        this.isAsking = false
        this.known = identity
        this.onKnown()
      }
    }))
  }

  private readonly asked: Effect.Effect<ProducerIdAndEpoch, ClientError.ClientError> = Effect
    .suspend(() => {
      const { config } = this.cluster
      const retried = Retry.retried(config, {
        what: "InitProducerId",
        timeoutMs: config.apiTimeoutMs
      })
      return retried(Effect.flatMap(
        this.cluster.ask(InitProducerId, NO_TRANSACTION),
        ({ errorCode, producerEpoch, producerId }) =>
          errorCode === ErrorCode.NONE
            ? Effect.succeed({ producerId, epoch: producerEpoch })
            : Effect.fail(ClientError.refused("InitProducerId", errorCode))
      ))
    })
}
