const units: [name: string, ns: number][] = [
  ['weeks', 7 * 24 * 3600e9],
  ['days', 24 * 3600e9],
  ['hrs', 3600e9],
  ['mins', 60e9],
  ['secs', 1e9],
  ['ms', 1e6],
  ['us', 1e3],
  ['ns', 1],
]

/** Reads `10secs` into nanoseconds; a text is the reason in Mesos's words. */
export function parseDuration(text: string): number | string {
  const match = /^(-?[\d.]+)([a-zA-Z].*)?$/.exec(text)
  if (!match?.[2] || Number.isNaN(Number(match[1]))) return `Invalid duration '${text}'`
  const unit = units.find(([name]) => name === match[2])
  if (unit) return Number(match[1]) * unit[1]
  const known = "'ns', 'us', 'ms', 'secs', 'mins', 'hrs', 'days', and 'weeks'"
  return `Unknown duration unit '${match[2]}'; supported units are ${known}`
}

/** The way Mesos prints a duration: in the largest unit that it fills. */
export function formatDuration(ns: number): string {
  const unit = units.find(([, size]) => Math.abs(ns) >= size) ?? (['ns', 1] as const)
  return `${ns / unit[1]}${unit[0]}`
}
