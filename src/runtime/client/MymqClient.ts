// The client for people without Effect: the same engine behind promises, callbacks and async iterables.
//
//     await using client = new MymqClient({ bootstrapServers: "127.0.0.1:9092" })
//     const producer = await client.producer()
//     await producer.send({ topic: "greetings", value: "hello" })
//
// What it opens is closed with it, or by itself before.
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Scope from "effect/Scope"
import type { TopicPartition } from "../../domain/Topic.ts"
import { Compression } from "../../layers/compression/Compression.ts"
import { Admin, type AdminCalls } from "./Admin.ts"
import * as Client from "./Client.ts"
import type { Cluster } from "./cluster/Cluster.ts"
import * as Consumer from "./Consumer.ts"
import type { ConsumerOptions, RebalanceListener } from "./consumer/ConsumerOptions.ts"
import type { ConsumerRecord } from "./consumer/ConsumerRecord.ts"
import * as Producer from "./Producer.ts"
import type { ProducerOptions } from "./producer/ProducerOptions.ts"
import { type Promised, promised } from "./Promised.ts"

/** What has been opened; closing it is also done with the client. */
interface Closeable extends AsyncDisposable {
  readonly close: () => Promise<void>
}

type ProducerCalls = Omit<Producer.Producer["Service"], "sink" | "through">
type ConsumerCalls = Omit<
  Consumer.Consumer["Service"],
  "commitSink" | "commitThrough" | "subscribe"
>

export interface MymqProducer extends Promised<ProducerCalls>, Closeable {}

/** `for await (const record of consumer)` reads on until the loop is left. */
export interface MymqConsumer
  extends Promised<ConsumerCalls>, Closeable, AsyncIterable<ConsumerRecord>
{}

export interface MymqAdmin extends Promised<AdminCalls> {}

type Told = (partitions: ReadonlyArray<TopicPartition>) => Promise<void> | void

/** Awaited before the group goes on; what it throws ends the membership. */
export interface MymqListener {
  readonly onAssigned?: Told
  readonly onRevoked?: Told
  readonly onLost?: Told
}

export interface MymqConsumerOptions extends Omit<ConsumerOptions, "listener"> {
  readonly listener?: MymqListener | undefined
}

type Services = Cluster | Compression | Admin

export class MymqClient implements AsyncDisposable {
  private readonly runtime: ManagedRuntime.ManagedRuntime<Services, never>
  private readonly open = new Set<Scope.Closeable>()

  /** Connects when something is asked. */
  constructor(options: Client.ClientOptions) {
    const services = Layer.mergeAll(Admin.layer, Compression.layer).pipe(
      Layer.provideMerge(Client.layer(options)),
      Layer.provide(Logger.layer([Logger.withConsoleError(Logger.formatLogFmt)]))
    )
    this.runtime = ManagedRuntime.make(services)
  }

  /** `push` takes a callback for each record and allocates nothing; the rest gives promises. */
  producer(options?: ProducerOptions): Promise<MymqProducer> {
    return this.opened(Producer.make(options))
  }

  /** With a `groupId` and `topics` a member of the group; without, for partitions `assign`ed. */
  async consumer(options: MymqConsumerOptions = {}): Promise<MymqConsumer> {
    const listener = options.listener === undefined ? undefined : listenerOf(options.listener)
    const consumer = await this.opened(Consumer.make({ ...options, listener }))
    return { ...consumer, [Symbol.asyncIterator]: () => consumer.records[Symbol.asyncIterator]() }
  }

  admin(): Promise<MymqAdmin> {
    return this.runtime.runPromise(Effect.map(Admin, promised))
  }

  /** Closes what was opened: producers send what they have, consumers leave their groups. */
  async close(): Promise<void> {
    await Promise.all([...this.open].map((scope) => this.end(scope)))
    await this.runtime.dispose()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  private async opened<T extends object, E>(
    make: Effect.Effect<T, E, Cluster | Compression | Scope.Scope>
  ): Promise<Promised<T> & Closeable> {
    const scope = Scope.makeUnsafe()
    this.open.add(scope)
    const service = await this.runtime.runPromise(
      Scope.provide(make, scope).pipe(Effect.tapCause(() => Effect.promise(() => this.end(scope))))
    )
    const close = () => this.end(scope)
    return { ...promised(service), close, [Symbol.asyncDispose]: close }
  }

  private async end(scope: Scope.Closeable): Promise<void> {
    if (this.open.delete(scope)) await this.runtime.runPromise(Scope.close(scope, Exit.void))
  }
}

const listenerOf = ({ onAssigned, onLost, onRevoked }: MymqListener): RebalanceListener => {
  const awaited = (told: Told | undefined) => (partitions: ReadonlyArray<TopicPartition>) =>
    Effect.promise(async () => told?.(partitions))
  return {
    onAssigned: awaited(onAssigned),
    onRevoked: awaited(onRevoked),
    onLost: awaited(onLost)
  }
}
