// Plays every transcript of this folder: what a group of the consumer protocol does is written there. After
// a change that is meant, UPDATE=1 writes them anew; read the difference before it is committed.
import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import { describe as describeError, ErrorCode } from "../../../../src/domain/ErrorCode.ts"
import { play } from "./ConsumerTranscript.ts"

const FOLDER = import.meta.dirname
const transcripts = fs.readdirSync(FOLDER).filter((name) => name.endsWith(".txt"))
const read = (name: string) => fs.readFileSync(`${FOLDER}/${name}`, "utf8")

describe("a group of the consumer protocol", () => {
  for (const name of transcripts) {
    it(name.replace(".txt", ""), () => {
      const played = play(read(name))
      if (process.env["UPDATE"] === "1") fs.writeFileSync(`${FOLDER}/${name}`, played)
      assert.strictEqual(played, read(name))
    })
  }

  it("is told in every state and with every answer that it can give", () => {
    const all = transcripts.map(read).join("\n")
    for (const state of ["Empty", "Assigning", "Reconciling", "Stable", "Dead"]) {
      assert.include(all, `= ${state} `)
    }
    for (const errorCode of ANSWERS) {
      assert.match(all, new RegExp(`answer .*${describeError(errorCode).name}`))
    }
  })
})

const ANSWERS = [
  ErrorCode.COORDINATOR_NOT_AVAILABLE,
  ErrorCode.UNKNOWN_MEMBER_ID,
  ErrorCode.INVALID_REQUEST,
  ErrorCode.NON_EMPTY_GROUP,
  ErrorCode.GROUP_ID_NOT_FOUND,
  ErrorCode.GROUP_MAX_SIZE_REACHED,
  ErrorCode.FENCED_INSTANCE_ID,
  ErrorCode.FENCED_MEMBER_EPOCH,
  ErrorCode.UNRELEASED_INSTANCE_ID,
  ErrorCode.UNSUPPORTED_ASSIGNOR,
  ErrorCode.STALE_MEMBER_EPOCH,
  ErrorCode.INVALID_REGULAR_EXPRESSION
]
