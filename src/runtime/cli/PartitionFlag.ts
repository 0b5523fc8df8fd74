// --partition, which may be given again; without it a command is about all partitions.
import * as Flag from "effect/cli/Flag"

export const partitions: Flag.Flag<ReadonlyArray<number>> = Flag.Int("partition").pipe(
  Flag.withMetavar("N"),
  Flag.withDescription("Only this partition; may be given again (default: all)"),
  Flag.filter((partition) => partition >= 0, (partition) => `${partition} is no partition`),
  Flag.atLeast(0)
)
