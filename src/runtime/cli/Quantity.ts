// Numbers as people read them.

const UNITS = ["kB", "MB", "GB", "TB"]

/** "512 B", "1.2 MB": units of a thousand, as disks have them. */
export const bytes = (count: number): string => {
  if (count < 1000) return `${count} B`
  let value = count / 1000
  let unit = 0
  for (; value >= 999.95 && unit < UNITS.length - 1; unit++) value /= 1000
  return `${value.toFixed(1)} ${UNITS[unit]}`
}

/** "1 error", "2 errors" */
export const count = (number: number, noun: string): string =>
  `${number} ${noun}${number === 1 ? "" : "s"}`
