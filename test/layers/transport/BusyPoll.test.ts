// A loop that goes round by hand: which sleeps begin the looking, and what ends it.
import { assert, describe, it } from "@effect/vitest"
import { BusyPoll } from "../../../src/layers/transport/BusyPoll.ts"

const POLL_MS = 0.05

/** An event loop by hand. */
const makeLoop = () => {
  let nowMs = 1000
  let sleptMs = 7
  let round: (() => void) | undefined
  const loop = {
    nowMs: () => nowMs,
    sleptMs: () => sleptMs,
    round: (callback: () => void) => {
      round = callback
    }
  }
  const poll = new BusyPoll(POLL_MS, loop)
  return {
    poll,
    /** The loop sleeps so long; then bytes come. */
    sleep: (ms: number) => {
      nowMs += ms
      sleptMs += ms
      poll.touch()
    },
    /** It works so long, without sleeping. */
    work: (ms: number) => {
      nowMs += ms
    },
    /** Goes round; gives whether somebody wanted that. */
    goRound: () => {
      const callback = round
      round = undefined
      callback?.()
      return callback !== undefined
    }
  }
}

const sleepShortly = ({ sleep }: ReturnType<typeof makeLoop>, times: number) => {
  for (let i = 0; i < times; i++) sleep(POLL_MS / 2)
}

describe("BusyPoll", () => {
  it("lets the loop sleep that sleeps long", () => {
    const { goRound, poll, sleep } = makeLoop()
    for (let i = 0; i < 1000; i++) sleep(1)
    assert.isFalse(poll.isPolling)
    assert.isFalse(goRound())
  })

  it("polls once sleeps were short sixteen times", () => {
    const loop = makeLoop()
    sleepShortly(loop, 15)
    assert.isFalse(loop.poll.isPolling)
    sleepShortly(loop, 1)
    assert.isTrue(loop.poll.isPolling)
  })

  it("counts a long sleep against a short one", () => {
    const loop = makeLoop()
    for (let i = 0; i < 1000; i++) {
      sleepShortly(loop, 1)
      loop.sleep(POLL_MS * 2)
    }
    assert.isFalse(loop.poll.isPolling)
  })

  it("takes bytes that come without a sleep for no sign of either", () => {
    const loop = makeLoop()
    for (let i = 0; i < 1000; i++) loop.sleep(0)
    assert.isFalse(loop.poll.isPolling)
    sleepShortly(loop, 15)
    for (let i = 0; i < 1000; i++) loop.sleep(0)
    sleepShortly(loop, 1)
    assert.isTrue(loop.poll.isPolling)
  })

  it("goes on for as long as bytes come", () => {
    const loop = makeLoop()
    sleepShortly(loop, 16)
    for (let i = 0; i < 1000; i++) {
      loop.work(POLL_MS * 0.9)
      assert.isTrue(loop.goRound())
      loop.poll.touch()
    }
    assert.isTrue(loop.poll.isPolling)
  })

  it("counts from the last bytes on, however long they took", () => {
    const loop = makeLoop()
    sleepShortly(loop, 16)
    loop.goRound()
    loop.poll.touch()
    loop.work(POLL_MS * 10)
    loop.goRound()
    loop.work(POLL_MS * 0.9)
    loop.goRound()
    assert.isTrue(loop.poll.isPolling)
  })

  it("ends when none have come for so long, and is begun again by eight short sleeps", () => {
    const loop = makeLoop()
    sleepShortly(loop, 16)
    loop.goRound()
    loop.work(POLL_MS * 1.1)
    loop.goRound()
    assert.isFalse(loop.poll.isPolling)
    assert.isFalse(loop.goRound())
    sleepShortly(loop, 7)
    assert.isFalse(loop.poll.isPolling)
    sleepShortly(loop, 1)
    assert.isTrue(loop.poll.isPolling)
  })
})
