// A broker inside another program, for people without Effect: started by a promise, closed by one, or by
// `await using`. Many can run in one process, each on a port of its own.
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import type * as LogLevel from "effect/LogLevel"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as References from "effect/References"
import { BrokerConfig } from "../../layers/config/BrokerConfig.ts"
import * as BrokerModule from "./Broker.ts"

export interface StartOptions {
  /** Where records are kept; "memory" forgets them when the broker is closed. Default: "memory". */
  readonly storage?: "memory" | "disk" | undefined
  /**
   * Settings under their Kafka names, as texts. Default of `listeners`: a free port of this machine;
   * of `log.dirs`, for storage on disk: ./data; of `group.initial.rebalance.delay.ms`: 0, because the
   * members of a test's group need not wait for others.
   */
  readonly configs?: Readonly<Record<string, string>> | undefined
  /** What is told on stderr. Default: "Warn". */
  readonly logLevel?: LogLevel.LogLevel | undefined
}

export interface RunningBroker extends AsyncDisposable {
  /** "127.0.0.1:43211": the first listener, as clients take it for their bootstrap list. */
  readonly address: string
  readonly listeners: ReadonlyArray<{
    readonly name: string
    readonly protocol: "PLAINTEXT" | "SSL"
    readonly host: string
    readonly port: number
  }>
  readonly clusterId: string
  /** Answers what is in flight, syncs, and ends. Idempotent. */
  readonly close: () => Promise<void>
}

/** Rejects with an error whose message says what is wrong and what is allowed. */
export const startBroker = async (options: StartOptions = {}): Promise<RunningBroker> => {
  const broker = options.storage === "disk" ? BrokerModule.layer : BrokerModule.layerMemoryDisk
  const configs = { "group.initial.rebalance.delay.ms": "0", ...options.configs }
  const logging = Layer.mergeAll(
    Logger.layer([Logger.withConsoleError(Logger.formatLogFmt)]),
    Layer.succeed(References.MinimumLogLevel, options.logLevel ?? "Warn")
  )
  const runtime = ManagedRuntime.make(
    broker.pipe(Layer.provide(BrokerConfig.layerTest(configs)), Layer.provide(logging))
  )
  const { clusterId, listeners } = await runtime.runPromise(BrokerModule.Broker)
  const close = () => runtime.dispose()
  const { host, port } = listeners[0]!
  return {
    address: `${host.includes(":") ? `[${host}]` : host}:${port}`,
    listeners,
    clusterId,
    close,
    [Symbol.asyncDispose]: close
  }
}
