import { join } from 'node:path'
import { formatZkUrl } from '../../config/zookeeper/url.ts'
import type { Limits } from '../process/limits.ts'
import type { Need, ServiceFile, ServiceName, ServiceSpec, StopStep } from '../service/spec.ts'
import type { PlanInput } from './input.ts'

/** Back again at once the first time, then later and later: never in a tight loop. */
const restart = { firstMs: 50, factor: 4, maxMs: 15_000, healthyMs: 30_000 }

/** The whole session gets the first; what is left after the grace gets the second. */
export const stopSteps: StopStep[] = [
  { signal: 'SIGTERM', graceMs: 10_000 },
  { signal: 'SIGKILL', graceMs: 5000 },
]

/**
 * A vote of ZooKeeper and a leader are the last to be given up when memory runs out. mesos-agent keeps the ordinary score,
 * for its tasks inherit it.
 */
const limits: Record<ServiceName, Limits> = {
  zookeeper: { openFiles: 65536, oomScore: -800 },
  'mesos-master': { openFiles: 65536, oomScore: -500 },
  docker: { openFiles: 1048576 },
  'mesos-agent': { openFiles: 65536 },
  marathon: { openFiles: 65536 },
}

/** What every service has alike. */
export function commonSpec(name: ServiceName, { machine: { dataDir, logDir }, config }: PlanInput) {
  const wished = Object.entries(config.supervision[name]).filter(([, value]) => value !== undefined)
  return {
    name,
    cwd: join(dataDir, name),
    logFile: join(logDir, `${name}.log`),
    stop: stopSteps,
    restart,
    limits: { ...limits[name], ...Object.fromEntries(wished) } as Limits,
  } satisfies Partial<ServiceSpec>
}

/** A quorum of ZooKeeper, whichever of its servers are up: the one on this machine alone serves nobody. */
export const clustered = ['zookeeper-quorum'] satisfies Need[]

/** And the only master, where this machine has it: any of several will do, and the programs themselves wait for one. */
export function afterMaster(input: PlanInput): Need[] {
  return controllers(input) === 1 && input.roles.controller ? [...clustered, 'mesos-master'] : clustered
}

/** How many controllers are declared by the list that the programs of this machine have, whether they are up or not. */
export function controllers({ zk }: PlanInput): number {
  return zk.servers.length
}

/** A cluster on loopback shows itself to nobody; otherwise programs that can listen on all addresses do. */
export function listenAddress({ machine, mode }: PlanInput): string | undefined {
  if (mode === 'dev') return '127.0.0.1'
  return /^127\.|^::1$/.test(machine.ip) ? machine.ip : undefined
}

/** Where a program can be asked that was told to listen on `set`. */
export function reachable(set: string | undefined, own: string): string {
  return set === undefined || set === '0.0.0.0' || set === '::' ? own : set
}

/**
 * The ZooKeeper URL as a value of mesos's flags. With credentials it is a file that only its owner reads, for a
 * command line can be read by everybody.
 */
export function zkValue(input: PlanInput, name: ServiceName): { value: string; files: ServiceFile[] } {
  const value = formatZkUrl(input.zk, 'show')
  if (!input.zk.auth) return { value, files: [] }
  const path = join(input.machine.dataDir, name, 'zk')
  return { value: `file://${path}`, files: [{ path, content: `${value}\n`, mode: 0o600, write: 'replace' }] }
}
