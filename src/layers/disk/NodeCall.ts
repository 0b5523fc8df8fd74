// One call of node:fs as an effect, and its errors as DiskError. Uninterruptible, because the kernel goes
// on using a buffer whether or not somebody still waits.
import * as Effect from "effect/Effect"
import { DiskError, type DiskReason } from "./Disk.ts"

export type Callback<A> = (error: NodeJS.ErrnoException | null, value: A) => void

export const call = <A>(
  operation: string,
  path: string,
  run: (callback: Callback<A>) => void
): Effect.Effect<A, DiskError> =>
  Effect.uninterruptible(Effect.callback((resume) => {
    run((error, value) =>
      resume(error === null ? Effect.succeed(value) : Effect.fail(failure(operation, path, error)))
    )
  }))

export const failure = (operation: string, path: string, cause: unknown): DiskError =>
  new DiskError({
    operation,
    path,
    reason: reasonOf((cause as NodeJS.ErrnoException).code),
    cause
  })

const reasonOf = (code: string | undefined): (typeof DiskReason)["Type"] => {
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
      return "full"
    case "ENOENT":
      return "notFound"
    case "EEXIST":
    case "ENOTEMPTY":
      return "exists"
    default:
      return "io"
  }
}
