// Typed events with dead letters: greets whoever signed up. What is no event of ours goes to another topic with
// its place and what is wrong in its headers, and the stream goes on.
//
//     node examples/signups.ts       with MYMQ_BOOTSTRAP (127.0.0.1:9092); reads "signups"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Client from "mymq/Client"
import { Consumer } from "mymq/Consumer"
import { Producer } from "mymq/Producer"
import * as Serde from "mymq/typed/Serde"
import * as TypedConsumer from "mymq/typed/TypedConsumer"
import * as TypedTopic from "mymq/typed/TypedTopic"

const { MYMQ_BOOTSTRAP = "127.0.0.1:9092" } = process.env

class SignedUp extends Schema.TaggedClass<SignedUp>()("SignedUp", {
  name: Schema.NonEmptyString,
  at: Schema.Date
}) {}

class SignedOff extends Schema.TaggedClass<SignedOff>()("SignedOff", {
  reason: Schema.String
}) {}

const signups = TypedTopic.make("signups", {
  key: Serde.string,
  value: Serde.json(Schema.Union([SignedUp, SignedOff]))
})

const greet = (user: string, event: SignedUp | SignedOff) => {
  switch (event._tag) {
    case "SignedUp":
      return Effect.logInfo(`welcome ${event.name} (${user}), here since ${event.at.getFullYear()}`)
    case "SignedOff":
      return Effect.logInfo(`farewell ${user}: ${event.reason}`)
  }
}

const program = TypedConsumer.records(signups, {
  onInvalid: TypedConsumer.deadLetter("signups-dead")
}).pipe(
  Stream.runForEach(({ key, value }) => greet(key, value))
)

const consumer = Consumer.layer({
  groupId: "greeter",
  topics: ["signups"],
  autoOffsetReset: "earliest"
})

program.pipe(
  Effect.provide(
    Layer.mergeAll(consumer, Producer.layer()).pipe(
      Layer.provide(Client.layer({ bootstrapServers: MYMQ_BOOTSTRAP }))
    )
  ),
  NodeRuntime.runMain
)
