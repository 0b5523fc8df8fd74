// Which partitions of the groups' topic have been read: until one is, its groups are not served, or a
// consumer would be told that nothing was committed. A partition that is not named is new and empty.
import { ErrorCode } from "../../domain/ErrorCode.ts"

export class GroupLoads {
  private readonly states = new Map<number, "loading" | "loaded" | "failed">()
  private readonly partitionOf: (groupId: string) => number

  constructor(partitions: number, partitionOf: (groupId: string) => number) {
    this.partitionOf = partitionOf
    for (let partition = 0; partition < partitions; partition++) {
      this.states.set(partition, "loading")
    }
  }

  end(partition: number, isWhole: boolean): void {
    this.states.set(partition, isWhole ? "loaded" : "failed")
  }

  /** NONE, or why nothing is known of the group at the moment. */
  unready(groupId: string): ErrorCode {
    switch (this.states.get(this.partitionOf(groupId))) {
      case "loading":
        return ErrorCode.COORDINATOR_LOAD_IN_PROGRESS
      case "failed":
        return ErrorCode.COORDINATOR_NOT_AVAILABLE
      default:
        return ErrorCode.NONE
    }
  }
}
