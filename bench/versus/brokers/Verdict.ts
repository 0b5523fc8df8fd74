// What the comparison comes to: each ratio that was asked for, beside what was asked, gathered while the tables
// are made and told at the end.
export interface Line {
  readonly what: string
  /** mymq's figure over Kafka's. */
  readonly ratio: number
  /** As a bound of the ratio: ">= 1", "<= 0.25". */
  readonly asked: string
}

const lines: Array<Line> = []

export const add = (what: string, ratio: number, asked: string): void => {
  lines.push({ what, ratio, asked })
}

const holds = ({ asked, ratio }: Line): boolean => {
  const [comparison, bound] = asked.split(" ")
  return comparison === ">=" ? ratio >= Number(bound) : ratio <= Number(bound)
}

export const rows = () =>
  lines.map((line) => ({
    "mymq over Kafka": line.what,
    ratio: line.ratio,
    asked: line.asked,
    "": holds(line) ? "yes" : "no"
  }))
