const iso = /(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,3})\d*)?(Z|[+-]\d\d:?\d\d)?/
/** glog: level, month, day and time of day, all in local time and without a year. */
const glog = /^[IWEF](\d\d)(\d\d) (\d\d:\d\d:\d\d)\.(\d{3})/
const dayMs = 86_400_000

/**
 * When a line was written, Unix milliseconds; undefined when it does not say. Knows glog (Mesos), log4j (ZooKeeper),
 * Marathon's brackets and the agent's own JSON; a time without a zone is local.
 */
export function timeOf(line: string, now: number): number | undefined {
  const [, date, time, fraction = '0', zone = ''] = iso.exec(line.slice(0, 200)) ?? []
  if (date) return Date.parse(`${date}T${time}.${fraction.padEnd(3, '0')}${zone}`)
  const [, month, day, clock, ms] = glog.exec(line) ?? []
  if (!month) return undefined
  const inYear = (year: number) => Date.parse(`${year}-${month}-${day}T${clock}.${ms}`)
  const year = new Date(now).getFullYear()
  const found = inYear(year)
  return found > now + dayMs ? inYear(year - 1) : found
}
