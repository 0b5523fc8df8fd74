// Ids for idempotent producers. They come from blocks, and a block's end is on the device before
// its first id is given, so that no id is ever given twice, whatever stops the broker. A file that
// says no number is not overwritten: whoever began again at 0 would give ids that producers still
// have.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Semaphore from "effect/Semaphore"
import { ErrorCode } from "../../domain/ErrorCode.ts"
import * as Failure from "../../domain/Failure.ts"
import { BrokerConfig } from "../config/BrokerConfig.ts"
import { Disk, DiskError, orAbsent } from "../disk/Disk.ts"

export const FILE = "producer-ids"
/** Ids of one block: what a kill wastes at most. */
const BLOCK = 1000

export class ProducerIds extends Context.Service<ProducerIds, {
  /** An id that nobody has had. */
  readonly next: Effect.Effect<number, Failure.Failure>
}>()("mymq/layers/coordinator/ProducerIds") {
  static readonly layer: Layer.Layer<ProducerIds, DiskError, Disk | BrokerConfig> = Layer.effect(
    ProducerIds,
    Effect.suspend(() => make)
  )
}

const make = Effect.gen(function*() {
  const disk = yield* Disk
  const { logDir } = yield* BrokerConfig
  const path = `${logDir}/${FILE}`
  const oneByOne = yield* Semaphore.make(1)
  let next = yield* blockEndOf(disk, path)
  let blockEnd = next

  const takeBlock = Effect.suspend(() => {
    const end = next + BLOCK
    return Effect.map(disk.writeFileAtomic(path, Buffer.from(`${end}\n`)), () => {
      blockEnd = end
    })
  }).pipe(
    Effect.mapError((error) =>
      Failure.make(ErrorCode.COORDINATOR_NOT_AVAILABLE, `no producer ids: ${error.message}`)
    )
  )

  return ProducerIds.of({
    next: oneByOne.withPermit(
      Effect.map(Effect.suspend(() => next < blockEnd ? Effect.void : takeBlock), () => next++)
    )
  })
})

/** Where the ids begin that no process has had. */
export const blockEndOf = Effect.fnUntraced(function*(
  disk: Disk["Service"],
  path: string
): Effect.fn.Return<number, DiskError> {
  const bytes = yield* orAbsent(disk.readFile(path))
  if (bytes === undefined) return 0
  const text = bytes.toString("utf8").trim()
  if (/^\d{1,15}$/.test(text)) return Number(text)
  return yield* new DiskError({
    operation: "read producer ids",
    path,
    reason: "io",
    cause: `it says "${text}", which is no number: write one above every id that was ever given`
  })
})
