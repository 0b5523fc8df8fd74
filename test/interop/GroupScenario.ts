// The life of one group as real clients lead it: it grows and shrinks, a member crashes, one is paused
// beyond its session, static ones come back. After each step the group has to become stable and every
// partition has to deliver; at the end the ledger judges all that was said.
import { random } from "../torture/Random.ts"
import type { LedgerResult } from "./GroupLedger.ts"
import { type Client, type Member, type MemberOptions, Members, now } from "./Members.ts"
import { SteadyProducer } from "./SteadyProducer.ts"

export interface Scenario {
  readonly bootstrap: string
  readonly name: string
  /** Taken in turn for new members. */
  readonly clients: ReadonlyArray<Client>
  readonly assignor: string
  /** Of our own members; others know only the classic one. */
  readonly protocol?: MemberOptions["protocol"]
  readonly partitions: number
  /** Records a second and partition. */
  readonly rate: number
  readonly sessionTimeoutMs: number
  readonly commitEvery: number
  readonly steps: ReadonlyArray<Step>
  readonly seed: number
  readonly say: (line: string) => void
}

export type Step =
  /** Members join together, or leave one after the other, until there are so many. */
  | { readonly do: "resize"; readonly to: number }
  /** kill -9 of one, which its session's end tells the group. */
  | { readonly do: "crash" }
  /**
   * SIGSTOP until the others have what it had; then it goes on, and joins again. Before it has
   * heard of its loss its commits are refused; librdkafka's member is made to try.
   */
  | { readonly do: "pause" }
  /** kill -9 of a static member and a new process in its place, of which the others hear nothing. */
  | { readonly do: "static-restart"; readonly members: number }

export const run = async (scenario: Scenario): Promise<LedgerResult> => {
  const { bootstrap, partitions, rate } = scenario
  const topic = `${scenario.name}-${scenario.seed}-${process.pid}`
  const producer = await SteadyProducer.start({ bootstrap, topic, partitions, rate })
  const members = new Members({ bootstrap, topic, partitions, group: topic })
  const life = new Life(scenario, members)
  try {
    for (const step of scenario.steps) await life.take(step)
    const ends = await producer.stop()
    await members.caughtUp(ends)
    await Promise.all(members.live.map((member) => members.leave(member)))
    const commitsLate = (member: string) => member.startsWith("platformatic")
    const result = members.ledger.check(ends, { commitsLate })
    scenario.say(
      `${scenario.name}: ${result.processed} records processed, ${result.repeated} of them again, ` +
        `${result.commits} offsets committed, ${result.assignments} partitions given; ` +
        `${result.problems.length} problems`
    )
    if (result.problems.length > 0) members.remarks.forEach((remark) => scenario.say(remark))
    return result
  } finally {
    producer.kill()
    await members.dispose()
  }
}

class Life {
  private readonly scenario: Scenario
  private readonly members: Members
  private readonly next: () => number
  private added = 0
  private began = now()

  constructor(scenario: Scenario, members: Members) {
    this.scenario = scenario
    this.members = members
    this.next = random(scenario.seed)
  }

  async take(step: Step): Promise<void> {
    this.began = now()
    switch (step.do) {
      case "resize":
        return this.resize(step.to)
      case "crash": {
        const member = this.pick()
        await this.members.kill9(member)
        return this.settle(`kill -9 of ${member.name}`)
      }
      case "pause":
        return this.pause()
      case "static-restart":
        return this.staticRestart(step.members)
    }
  }

  private async resize(to: number): Promise<void> {
    const before = this.members.live.length
    for (let i = before; i < to; i++) this.add()
    for (let i = before; i > to; i--) await this.members.leave(this.pick())
    await this.settle(`${before} -> ${to} members`)
  }

  private async pause(): Promise<void> {
    const member = this.pick()
    const isAsked = member.client === "confluent"
    if (isAsked) await this.members.pause(member)
    this.members.stop(member)
    await this.settle(`${member.name} stopped beyond its session`)
    this.members.proceed(member)
    if (isAsked) {
      await this.members.refused(member)
      member.send("resume")
    }
    await this.settle(`${member.name} continued`)
  }

  private async staticRestart(count: number): Promise<void> {
    const instances = Array.from({ length: count }, (_, i) => `instance-${i}`)
    const started = instances.map((instance) => ({ instance, member: this.add({ instance }) }))
    await this.settle(`${count} static members`)
    const gone = started[Math.floor(this.next() * count)]!
    const others = this.members.live.filter((member) => member !== gone.member)
    const changes = () => others.map((member) => member.changes).join(" ")
    const before = { changes: changes(), shares: sharesOf(gone.member) }
    await this.members.kill9(gone.member)
    const back = this.add({ instance: gone.instance, client: gone.member.client })
    await this.settle(`${gone.member.name} killed, back as ${back.name}`)
    if (changes() !== before.changes) throw new Error("others saw a rebalance at a static restart")
    if (sharesOf(back) !== before.shares) {
      throw new Error("a static member came back to other partitions")
    }
  }

  private add(options: { instance?: string; client?: Client } = {}): Member {
    const { assignor, clients, commitEvery, sessionTimeoutMs } = this.scenario
    const client = options.client ?? clients[this.added++ % clients.length]!
    const settings: MemberOptions = {
      assignor,
      sessionTimeoutMs,
      commitEvery,
      instance: options.instance,
      protocol: this.scenario.protocol
    }
    return this.members.add(client, settings)
  }

  private pick(): Member {
    const { live } = this.members
    return live[Math.floor(this.next() * live.length)]!
  }

  private async settle(what: string): Promise<void> {
    await this.members.stable()
    const tookMs = now() - this.began
    this.began = now()
    await this.members.flowing()
    const { name, say } = this.scenario
    say(`${name}: ${what}: stable after ${Math.round(tookMs)} ms: ${this.members.shares()}`)
  }
}

/** A cooperative member gets its partitions in any order. */
const sharesOf = ({ owned }: Member): string => [...owned].sort((a, b) => a - b).join(" ")
