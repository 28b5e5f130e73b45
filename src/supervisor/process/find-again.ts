import { readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { serviceNames } from '../provider/choose.ts'
import type { ServiceName } from '../service/spec.ts'
import { commandOf, environmentOf, identify, ticksNow } from './proc.ts'
import type { Records } from './records.ts'
import { tokenVariable } from './running.ts'
import { asItRuns } from './takeover.ts'

/**
 * Writes down anew what agents before have started here and what still runs, where their records are lost: by the mark in
 * its environment, and the folder that it runs in. The oldest of that kind is the program, the others are what it started.
 * @param state the folder in which each program has its own
 */
export function findAgain(state: string, records: Records): ServiceName[] {
  const found = new Map<ServiceName, { pid: number; token: string }>()
  for (const pid of pids()) {
    const folder = folderOf(pid)
    const name = serviceNames.find((each) => join(state, each) === folder)
    const token = name && tokenOf(pid)
    if (name && token !== undefined && !found.has(name)) found.set(name, { pid, token })
  }
  for (const [name, { pid, token }] of found) {
    const id = identify(pid)
    if (!id) continue
    records.put({
      ...{ name, token, id, digest: asItRuns, command: commandOf(pid) },
      ...{ intendedAt: ticksNow(), logFrom: 0 },
    })
  }
  return [...found.keys()]
}

/** The oldest first, by and large. */
function pids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b)
}

function folderOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return '' // ended meanwhile
  }
}

function tokenOf(pid: number): string | undefined {
  const mark = environmentOf(pid)?.find((line) => line.startsWith(`${tokenVariable}=`))
  return mark?.slice(tokenVariable.length + 1)
}
