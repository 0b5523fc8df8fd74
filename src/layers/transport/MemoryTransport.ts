// A transport within the process, for tests and for brokers that live inside somebody's test: same
// contract, same frame splitter, ports that exist in this layer only. `MemoryNetwork` makes it
// misbehave: cut connections, slow ones, bytes arriving in odd pieces. TLS is refused, not ignored.
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { serve } from "./ConnectionFiber.ts"
import { MemoryConnection, type Weather } from "./MemoryConnection.ts"
import {
  type Address,
  closed,
  type Connection,
  type ConnectOptions,
  type Listener,
  type ListenOptions,
  Transport,
  TransportError
} from "./Transport.ts"

export class MemoryNetwork extends Context.Service<MemoryNetwork, {
  /** Cuts all connections, or those to one port, as a pulled cable would: both ends fail. */
  readonly cut: (port?: number) => Effect.Effect<void>
  /** From now on each write takes `delayMs` and arrives in pieces of at most `chunkBytes`. */
  readonly setWeather: (weather: Partial<Weather>) => Effect.Effect<void>
}>()("mymq/layers/transport/MemoryNetwork") {}

type Run = (effect: Effect.Effect<void>) => unknown

interface Bound {
  readonly options: ListenOptions
  readonly address: Address
  readonly accept: (connection: MemoryConnection) => void
  readonly run: Run
  /** The ends of the listener's side. */
  readonly open: Set<MemoryConnection>
}

const FIRST_PORT = 49_152
const FAIR_WEATHER: Weather = { delayMs: 0, chunkBytes: 65_536 }

class World {
  readonly clock: Clock.Clock
  readonly bound = new Map<number, Bound>()
  readonly links = new Set<{ readonly port: number; readonly ends: Array<MemoryConnection> }>()
  weather = FAIR_WEATHER
  #port = FIRST_PORT

  constructor(clock: Clock.Clock) {
    this.clock = clock
  }

  freePort(): number {
    do this.#port += 1
    while (this.bound.has(this.#port))
    return this.#port
  }

  find({ host, port }: Address): Bound | undefined {
    const bound = this.bound.get(port)
    return bound !== undefined && reaches(bound.address.host, host) ? bound : undefined
  }
}

const WILDCARDS = new Set(["", "0.0.0.0", "::"])
const LOOPBACK = new Set(["localhost", "127.0.0.1", "::1"])

const reaches = (listening: string, dialled: string): boolean =>
  listening === dialled || WILDCARDS.has(listening) ||
  (LOOPBACK.has(listening) && LOOPBACK.has(dialled))

export const layer: Layer.Layer<Transport | MemoryNetwork> = Layer.effectContext(
  Effect.gen(function*() {
    const world = new World(yield* Clock.Clock)
    const run = yield* FiberSet.makeRuntime()
    const network = MemoryNetwork.of({
      cut: (port) => Effect.sync(() => cut(world, port)),
      setWeather: (weather) =>
        Effect.sync(() => {
          world.weather = { ...world.weather, ...weather }
        })
    })
    const transport = Transport.of({
      listen: (options, onConnection) => listen(world, options, onConnection),
      connect: (options) =>
        Effect.acquireRelease(dial(world, run, options), (connection) => connection.close)
    })
    return Context.make(Transport, transport).pipe(Context.add(MemoryNetwork, network))
  })
)

const listen = Effect.fnUntraced(function*(
  world: World,
  options: ListenOptions,
  onConnection: (connection: Connection) => Effect.Effect<void>
): Effect.fn.Return<Listener, TransportError, Scope.Scope> {
  if (options.tls !== undefined) return yield* noTls
  const { host } = options
  const port = options.port === 0 ? world.freePort() : options.port
  if (world.bound.has(port)) {
    const detail = `port ${port} on ${host} is in use; choose another port (listeners)`
    return yield* new TransportError({ reason: "io", detail })
  }
  const run = yield* FiberSet.makeRuntime()
  const open = new Set<MemoryConnection>()
  const session = (connection: MemoryConnection) =>
    options.idleMs > 0
      ? Effect.andThen(
        Effect.forkChild(watchIdle(connection, options.idleMs)),
        onConnection(connection)
      )
      : onConnection(connection)
  const bound: Bound = {
    options,
    address: { host, port },
    open,
    run,
    accept: (connection) => run(serve(connection, session))
  }
  const unbind = Effect.sync(() => {
    if (world.bound.get(port) === bound) world.bound.delete(port)
  })
  world.bound.set(port, bound)
  yield* Effect.addFinalizer(() => unbind)
  return { address: bound.address, stopAccepting: unbind, reload: () => noTls }
})

const dial = (
  world: World,
  run: Run,
  options: ConnectOptions
): Effect.Effect<MemoryConnection, TransportError> =>
  Effect.suspend(() => {
    if (options.tls !== undefined) return noTls
    const bound = world.find(options)
    if (bound === undefined) {
      const detail = `nobody listens on ${options.host}:${options.port}`
      return Effect.fail(new TransportError({ reason: "refused", detail }))
    }
    const here = { host: "127.0.0.1", port: world.freePort() }
    const there = { host: options.host, port: options.port }
    const end = (local: Address, remote: Address, limits: ConnectOptions | ListenOptions, r: Run) =>
      new MemoryConnection({
        local,
        remote,
        limits,
        weather: () => world.weather,
        run: r,
        nowMs: () => world.clock.currentTimeMillisUnsafe()
      })
    const client = end(here, there, options, run)
    const server = end(there, here, bound.options, bound.run)
    MemoryConnection.join(client, server)
    if (bound.open.size >= bound.options.connectionsMax) {
      client.inbox.endOfStream()
      client.fail(closed("the other side closed the connection"))
      return Effect.succeed(client)
    }
    remember(world, bound, client, server)
    bound.accept(server)
    return Effect.succeed(client)
  })

function remember(
  world: World,
  bound: Bound,
  client: MemoryConnection,
  server: MemoryConnection
): void {
  const link = { port: bound.address.port, ends: [client, server] }
  world.links.add(link)
  bound.open.add(server)
  server.onEnd(() => {
    world.links.delete(link)
    bound.open.delete(server)
  })
}

function cut(world: World, port: number | undefined): void {
  for (const link of world.links) {
    if (port !== undefined && link.port !== port) continue
    for (const end of link.ends) {
      end.fail(new TransportError({ reason: "io", detail: "the network cut the connection" }))
    }
  }
}

const watchIdle = Effect.fnUntraced(function*(connection: MemoryConnection, idleMs: number) {
  while (!connection.closed) {
    const now = yield* Clock.currentTimeMillis
    const leftMs = connection.lastActiveMs + idleMs - now
    if (leftMs <= 0) return connection.expire(idleMs)
    yield* Effect.sleep(leftMs)
  }
})

const noTls = Effect.fail(
  new TransportError({ reason: "tls", detail: "the memory transport speaks no TLS" })
)
