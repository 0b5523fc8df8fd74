// A state machine that runs: events go through it one after the other, and what that asks for is done. An
// event that changes what is stored holds back the ones behind it until its records are durable; when they
// cannot be written, the event has not happened. What stores nothing passes through without a fiber.
import { ErrorCode } from "../../domain/ErrorCode.ts"
import type { StoredRecord } from "../../domain/group/GroupRecord.ts"

export interface Stepped<Value, Action> {
  readonly value: Value
  readonly actions: ReadonlyArray<Action>
  /** What must be durable before the value holds and the actions are performed. */
  readonly records: ReadonlyArray<StoredRecord>
}

/** Calls back with what became of it, perhaps before it returns. */
export type Write = (
  records: ReadonlyArray<StoredRecord>,
  done: (errorCode: ErrorCode) => void
) => void

export abstract class SerialRunner<Value, Event, Action> {
  value: Value
  private readonly write: Write
  private readonly onStep: () => void
  private readonly waiting: Array<Event> = []
  private isBusy = false

  constructor(value: Value, write: Write, onStep: () => void) {
    this.value = value
    this.write = write
    this.onStep = onStep
  }

  protected abstract step(event: Event): Stepped<Value, Action>
  protected abstract perform(action: Action): void
  /** The event could not be stored, so it has not happened: who asked may ask again. */
  protected abstract refuse(event: Event, errorCode: ErrorCode): void

  submit(event: Event): void {
    this.waiting.push(event)
    this.drain()
  }

  private drain(): void {
    while (!this.isBusy) {
      const event = this.waiting.shift()
      if (event === undefined) return
      const stepped = this.step(event)
      if (stepped.records.length === 0) this.adopt(stepped)
      else this.store(event, stepped)
    }
  }

  private store(event: Event, stepped: Stepped<Value, Action>): void {
    this.isBusy = true
    this.write(stepped.records, (errorCode) => {
      this.isBusy = false
      if (errorCode === ErrorCode.NONE) this.adopt(stepped)
      else this.refuse(event, errorCode)
      this.drain()
    })
  }

  private adopt({ actions, value }: Stepped<Value, Action>): void {
    this.value = value
    for (const action of actions) this.perform(action)
    this.onStep()
  }
}
