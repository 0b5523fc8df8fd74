// Whose word counts when two members claim a partition.
import { assert, describe, it } from "@effect/vitest"
import { rightfulOwners } from "../../../src/domain/assignor/OwnershipClaims.ts"
import { text } from "./Assignments.ts"
import { partitions } from "./ConsumerAssignments.ts"

const owners = (
  ...claims: ReadonlyArray<readonly [string, number, string]>
): ReadonlyArray<string> => {
  const all = rightfulOwners(claims.map(([memberId, generationId, owned]) => ({
    memberId,
    generationId,
    ownedPartitions: partitions(owned)
  })))
  return claims.map(([memberId]) => all.has(memberId) ? text(all, memberId) : "")
}

describe("rightfulOwners", () => {
  it("believes a claim that nobody else makes, whatever its generation", () => {
    assert.deepStrictEqual(owners(["x", 7, "a0"], ["y", 3, "a1"], ["z", -1, "b0"]), [
      "a0",
      "a1",
      "b0"
    ])
  })

  it("believes the latest generation, partition by partition", () => {
    assert.deepStrictEqual(owners(["old", 3, "a0 a1"], ["new", 4, "a1 a2"]), ["a0", "a1 a2"])
    assert.deepStrictEqual(owners(["new", 4, "a1 a2"], ["old", 3, "a0 a1"]), ["a1 a2", "a0"])
  })

  it("believes neither of two of one generation, nor a third of an earlier one", () => {
    assert.deepStrictEqual(owners(["x", 4, "a0"], ["y", 4, "a0 a1"], ["z", 3, "a0"]), [
      "",
      "a1",
      ""
    ])
    assert.deepStrictEqual(owners(["x", -1, "a0"], ["y", -1, "a0"]), ["", ""])
  })

  it("believes a later one after two that could not both be true", () => {
    assert.deepStrictEqual(owners(["x", 4, "a0"], ["y", 4, "a0"], ["z", 5, "a0"]), ["", "", "a0"])
  })
})
