import { z } from 'zod'
import { typed, untyped } from '../cli/typed.ts'
import type { ClusterStatus, Status } from '../status.ts'

/** Something that somebody has to know of. The same value wherever it is shown: status, page, doctor, metrics, support. */
export const problemSchema = z.object({
  /** `warning`: what runs goes on for now. */
  severity: z.enum(['failed', 'warning']),
  what: z.string(),
  /** Its cause. */
  why: z.string(),
  /** What mends it, or shows what has to be mended. */
  command: z.string(),
  /** Where the command is to be typed, where that is another machine than the one that tells. */
  machine: z.string().optional(),
  service: z.string().optional(),
  /** Of the whole cluster: each machine that sees it tells of it. */
  shared: z.boolean().optional(),
})

export type Problem = z.output<typeof problemSchema>

/** In one line. */
export const problemText = ({ what, why }: Problem): string => `${what}: ${why}`

/** Commands that can ask another machine. */
const askOthers = /^meshbox (logs|status|install|service) (?!.*(&&|--data-dir))/

/**
 * What to type, and where, for somebody on the machine whose status this is. With a key it can ask others.
 * @param away whether this is for somebody on another machine, who has asked that one
 */
export function commandText(
  { command, machine }: Pick<Problem, 'command' | 'machine'>,
  status: Status | ClusterStatus,
  away = false,
): string {
  const [own] = status.machines
  const here = own?.dataDir
  if (machine === undefined) return typed(command, here) + (away ? `, on ${own?.name}` : '')
  const there = ('others' in status ? status.others : []).find(({ name }) => name === machine)?.said?.dataDir
  const plain = untyped(command, there)
  return status.cluster.key === 'keyed' && askOthers.test(plain) && !away
    ? typed(`${plain} --node ${machine}`, here)
    : `${typed(command, there)}, on ${machine}`
}

/** Of what a status tells. */
const shown = new Set(['why', 'command', 'reason', 'hint'])

/** What is told of a service, or the like, with what is to be typed as it finds this agent. */
export function typedIn<T extends object>(told: T, folder: string | undefined): T {
  if (folder === undefined) return told
  return Object.fromEntries(
    Object.entries(told).map(([key, value]) => [
      key,
      shown.has(key) && typeof value === 'string' ? typed(value, folder) : value,
    ]),
  ) as T
}

/** The same status with all that is to be typed here as it finds this agent. */
export function typedStatus(status: Status, folder: string | undefined): Status {
  if (folder === undefined) return status
  const all = <T extends object>(told: T) => typedIn(told, folder)
  return {
    ...status,
    machines: status.machines.map((machine) => ({
      ...{ ...machine, dataDir: folder, services: machine.services.map(all), held: machine.held.map(all) },
      dns: { ...machine.dns, host: all(machine.dns.host) },
    })),
    problems: status.problems.map((problem) => (problem.machine === undefined ? all(problem) : problem)),
  }
}
