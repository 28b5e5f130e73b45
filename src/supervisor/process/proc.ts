import { readdirSync, readFileSync } from 'node:fs'

/** A process is known by these together: a pid alone may be somebody else's by now. */
export type ProcessId = { pid: number; startTime: string; bootId: string }

/** Random for each boot of the machine (random(4)). */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
}

/** The identity of a living process; undefined when there is none or it is a zombie. */
export function identify(pid: number): ProcessId | undefined {
  const startTime = startTimeOf(pid)
  return startTime === undefined ? undefined : { pid, startTime, bootId: bootId() }
}

export function isAlive(id: ProcessId): boolean {
  return id.bootId === bootId() && startTimeOf(id.pid) === id.startTime
}

/** Field 22 of /proc/pid/stat (proc(5)), in clock ticks since boot. The name in field 2 may hold blanks and brackets. */
function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return state === 'Z' || state === 'X' ? undefined : fields[18]
  } catch {
    return undefined
  }
}

/** The process that has `name=value` in the environment it was started with, and leads its session. */
export function findByEnvironment(name: string, value: string): number | undefined {
  const wanted = `${name}=${value}`
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    try {
      const variables = readFileSync(`/proc/${entry}/environ`, 'utf8').split('\0')
      if (variables.includes(wanted) && leadsSession(Number(entry))) return Number(entry)
    } catch {
      // ended meanwhile, or another user's
    }
  }
  return undefined
}

/** What a program starts inherits its environment; only the program itself leads the session (field 6 of stat). */
function leadsSession(pid: number): boolean {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3] === String(pid)
}
