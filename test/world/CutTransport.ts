// The memory network with scissors: the connection that carries a chosen byte of what listeners write breaks
// behind it. The bytes before it still arrive, in pieces as small as the network's weather says.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as MemoryTransport from "../../src/layers/transport/MemoryTransport.ts"
import { closed, type Connection, Transport } from "../../src/layers/transport/Transport.ts"

export class Scissors extends Context.Service<Scissors, {
  /** Counts anew what listeners write, and cuts once so many bytes are written; undefined: never. */
  readonly cutAfter: (bytes: number | undefined) => void
  /** Bytes written since `cutAfter`, those of the cut answer among them. */
  readonly written: () => number
}>()("mymq/test/world/Scissors") {}

interface Blade {
  cutAfter: number | undefined
  written: number
}

const underBlade = (connection: Connection, blade: Blade): Connection => {
  const writeNow: Connection["writeNow"] = (chunks) => {
    const bytes = Buffer.concat(chunks)
    const left = (blade.cutAfter ?? Infinity) - blade.written
    blade.written += bytes.length
    if (bytes.length <= left) return connection.writeNow([bytes])
    blade.cutAfter = undefined
    const before = left === 0 ? Effect.void : connection.writeNow([bytes.subarray(0, left)])
    return before.pipe(
      Effect.andThen(connection.close),
      Effect.andThen(Effect.fail(closed("the answer was cut")))
    )
  }
  return {
    peer: connection.peer,
    remote: connection.remote,
    local: connection.local,
    principal: connection.principal,
    take: connection.take,
    close: connection.close,
    recycle: (frame) => connection.recycle(frame),
    onEnd: (callback) => connection.onEnd(callback),
    write: (chunks) => Effect.suspend(() => writeNow(chunks)),
    writeNow
  }
}

/** Instead of `MemoryTransport.layer`. */
export const layer: Layer.Layer<Transport | Scissors | MemoryTransport.MemoryNetwork> = Layer
  .effectContext(Effect.gen(function*() {
    const memory = yield* Layer.build(MemoryTransport.layer)
    const transport = Context.get(memory, Transport)
    const blade: Blade = { cutAfter: undefined, written: 0 }
    const scissors = Scissors.of({
      cutAfter: (bytes) => {
        blade.cutAfter = bytes
        blade.written = 0
      },
      written: () => blade.written
    })
    const cutting = Transport.of({
      connect: transport.connect,
      listen: (options, onConnection) =>
        transport.listen(options, (connection) => onConnection(underBlade(connection, blade)))
    })
    return Context.make(Transport, cutting).pipe(
      Context.add(Scissors, scissors),
      Context.add(MemoryTransport.MemoryNetwork, Context.get(memory, MemoryTransport.MemoryNetwork))
    )
  }))
