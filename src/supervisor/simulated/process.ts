import { readFileSync } from 'node:fs'

/** Whether a live process carries `text` in its command line or environment: a later one with the same pid does not. */
export function isProcess(pid: number, text: string, where: 'cmdline' | 'environ'): boolean {
  const status = statOf(pid)
  if (status === undefined || status[0] === 'Z') return false
  try {
    return readFileSync(`/proc/${pid}/${where}`, 'utf8').includes(text)
  } catch {
    return false
  }
}

/** Fields 3 and up of /proc/PID/stat (proc(5)); undefined when there is no such process. */
function statOf(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name before may hold blanks and brackets.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}

const ticksPerSecond = 100
const pageBytes = 4096

/** CPU seconds and resident bytes of one process; zeros when it is gone. */
export function usageOf(pid: number): { user: number; system: number; rss: number } {
  const fields = statOf(pid)
  const field = (number: number) => Number(fields?.[number - 3] ?? 0)
  return { user: field(14) / ticksPerSecond, system: field(15) / ticksPerSecond, rss: field(24) * pageBytes }
}

/** Signals a whole process group; false when it is gone. */
export function signalGroup(group: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-group, signal)
    return true
  } catch {
    return false
  }
}

export function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return ''
  }
}
