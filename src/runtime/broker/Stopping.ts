// Tells everybody who waits on behalf of a client that the broker stops: long polls answer with what
// they have, so that a stop takes milliseconds and not max.wait.ms.
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"

export class Stopping extends Context.Service<Stopping, {
  readonly begin: () => void
  /** Calls back when stopping begins, at once when it has begun. Returns the undo. */
  readonly onBegin: (callback: () => void) => () => void
}>()("mymq/runtime/broker/Stopping") {
  static readonly layer: Layer.Layer<Stopping> = Layer.sync(Stopping, () => {
    const callbacks = new Set<() => void>()
    let begun = false
    return Stopping.of({
      begin: () => {
        begun = true
        for (const callback of callbacks) callback()
        callbacks.clear()
      },
      onBegin: (callback) => {
        if (begun) callback()
        else callbacks.add(callback)
        return () => {
          callbacks.delete(callback)
        }
      }
    })
  })
}
