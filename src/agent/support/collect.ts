import { readdirSync, readFileSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../../clock.ts'
import { messageOf } from '../../error.ts'
import { commit, protocol, version } from '../../version.ts'
import { examine } from '../doctor/doctor.ts'
import { subjectAt } from '../doctor/subject.ts'
import type { Folders } from '../local/folders.ts'
import { machineFacts } from '../local/machine.ts'
import { scrub } from './scrub.ts'

/** The files of one machine by their names; none has a secret in it. */
export type Collected = Record<string, string>

/** What a machine says of itself and of the others, as its API does. */
const asked: [file: string, path: string][] = [
  ['status.json', '/v1/status'],
  ['cluster.json', '/v1/cluster'],
  ['members.json', '/v1/members'],
  ['document.json', '/v1/config'],
  ['history.json', '/v1/config/history'],
  ['effective.json', '/v1/config/effective'],
  ['plan.json', '/v1/plan'],
  ['rollout.json', '/v1/rollout'],
  ['services.json', '/v1/services'],
  ['packages.json', '/v1/packages'],
  ['keys.json', '/v1/keys'],
  ['upgrade.json', '/v1/upgrade'],
]
const logBytes = 200_000

/**
 * All that helps to understand a machine from afar. What cannot be had says why in its place.
 * @param ask the machine's own API; undefined while its agent does not run
 * @param secrets what must not be in it
 */
export async function collect(
  folders: Folders,
  ask: ((path: string) => Promise<string>) | undefined,
  secrets: readonly string[],
): Promise<Collected> {
  const answers = ask ? asked.map(([file, path]) => [file, () => ask(path)] as const) : []
  const parts: (readonly [file: string, read: () => Promise<string> | string])[] = [
    ...answers,
    ['doctor.json', async () => pretty(await examine(await subjectAt(folders, systemClock, undefined)))],
    ['versions.json', () => pretty({ version, commit, bun: Bun.version, protocol })],
    ['machine.json', () => pretty(machineAt(folders))],
    ['flags.txt', () => commandLines(folders)],
    ...logsIn(folders.logs).map((name) => [`logs/${name}`, () => tail(join(folders.logs, name))] as const),
  ]
  const files = await Promise.all(
    parts.map(async ([file, read]) => {
      const text = await Promise.resolve()
        .then(read)
        .catch((error) => `cannot be had: ${messageOf(error)}\n`)
      return [file, scrub(text, secrets)] as const
    }),
  )
  return Object.fromEntries(files)
}

const pretty = (value: unknown) => `${JSON.stringify(value, null, 1)}\n`

function machineAt({ state }: Folders) {
  const { bsize, blocks, bavail } = statfsSync(state)
  const read = (path: string) => readFileSync(path, 'utf8').trim()
  return {
    ...machineFacts(),
    kernel: read('/proc/version'),
    system: /^PRETTY_NAME="?([^"\n]*)/m.exec(read('/etc/os-release'))?.[1],
    uptimeSeconds: Number(read('/proc/uptime').split(' ')[0]),
    load: read('/proc/loadavg'),
    memory: read('/proc/meminfo').split('\n').slice(0, 3),
    disk: { bytes: bsize * blocks, free: bsize * bavail },
  }
}

/** Of every process that works in meshbox's folder: with which flags each program runs. */
function commandLines({ state }: Folders): string {
  const lines = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean)
        return argv.some((word) => word.includes(state)) ? `${pid} ${argv.join(' ')}` : []
      } catch {
        return [] // ended meanwhile
      }
    })
  return lines.map((line) => `${line}\n`).join('')
}

function logsIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /\.(log|out)$/.test(name))
  } catch {
    return []
  }
}

/** Whole lines from the end. */
async function tail(path: string): Promise<string> {
  const file = Bun.file(path)
  const text = await file.slice(Math.max(0, file.size - logBytes)).text()
  return file.size > logBytes ? text.slice(text.indexOf('\n') + 1) : text
}
