import { readdirSync, readFileSync } from 'node:fs'

/** A process is known by these together: a pid alone may be somebody else's by now. */
export type ProcessId = { pid: number; startTime: string; bootId: string }

/** Fields of /proc/pid/stat (proc(5)). */
type Stat = { group: number; session: number; startTime: string }

/** USER_HZ, the unit of times under /proc (proc(5)). */
export const ticksPerSecond = 100

let bootIdOnce: string | undefined

/** Random for each boot of the machine (random(4)). */
function bootId(): string {
  bootIdOnce ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  return bootIdOnce
}

/** The identity of a living process; undefined when there is none or it is a zombie. */
export function identify(pid: number): ProcessId | undefined {
  const stat = statOf(pid)
  return stat && { pid, startTime: stat.startTime, bootId: bootId() }
}

export function isAlive(id: ProcessId): boolean {
  return id.bootId === bootId() && statOf(id.pid)?.startTime === id.startTime
}

/** Living processes of a session, with their process groups. */
export function sessionMembers(session: number): { pid: number; group: number }[] {
  return pids().flatMap((pid) => {
    const stat = statOf(pid)
    return stat?.session === session ? [{ pid, group: stat.group }] : []
  })
}

/** Living processes with this variable in their environment, whatever their session. */
export function markedProcesses(variable: string): { pid: number; group: number }[] {
  return pids().flatMap((pid) => {
    const stat = hasEnvironment(pid, variable) ? statOf(pid) : undefined
    return stat ? [{ pid, group: stat.group }] : []
  })
}

export function hasEnvironment(pid: number, variable: string): boolean {
  return environmentOf(pid)?.includes(variable) ?? false
}

/** Undefined for a process that has ended meanwhile, or keeps it from us. @throws when it cannot be known */
export function environmentOf(pid: number): string[] | undefined {
  return readList(`/proc/${pid}/environ`)
}

/** Empty for one that has ended, and for a thread of the kernel's. */
export function commandOf(pid: number): string[] {
  return readList(`/proc/${pid}/cmdline`) ?? []
}

/**
 * The session of the oldest process that was started between these times with this variable in its environment. What a
 * program starts inherits the variable, but is younger. In clock ticks since boot, as `ticksNow`.
 */
export function findSession(
  variable: string,
  { from, until }: { from: number; until: number },
): number | undefined {
  return pids()
    .flatMap((pid) => {
      const stat = statOf(pid)
      const started = Number(stat?.startTime)
      return stat && started >= from && started <= until ? [{ pid, started, session: stat.session }] : []
    })
    .filter(({ pid }) => hasEnvironment(pid, variable))
    .sort((a, b) => a.started - b.started || a.pid - b.pid)[0]?.session
}

/** What a process that started now would have as its start time. */
export function ticksNow(): number {
  const [seconds] = readFileSync('/proc/uptime', 'utf8').split(' ')
  return Math.floor(Number(seconds) * ticksPerSecond)
}

function pids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
}

/**
 * The name in field 2 may hold blanks and brackets; undefined when there is no such process or it is a zombie.
 * @throws when it cannot be known: without a free descriptor every program would look as if it had ended
 */
function statOf(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state = '', , group, session, ...fields] = text.slice(text.lastIndexOf(')') + 2).split(' ')
    if (state === 'Z' || state === 'X') return undefined
    return { group: Number(group), session: Number(session), startTime: fields[15] ?? '' }
  } catch (error) {
    if (isOneOf(error, gone)) return undefined
    throw error
  }
}

function readList(path: string): string[] | undefined {
  try {
    return readFileSync(path, 'utf8').split('\0').slice(0, -1)
  } catch (error) {
    if (isOneOf(error, gone) || isOneOf(error, foreign)) return undefined
    throw error
  }
}

const gone = ['ENOENT', 'ESRCH']
const foreign = ['EACCES', 'EPERM']

const isOneOf = (error: unknown, codes: string[]) =>
  error instanceof Error && 'code' in error && codes.includes(String(error.code))
