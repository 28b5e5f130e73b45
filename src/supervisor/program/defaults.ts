import { join } from 'node:path'
import { formatZkUrl } from '../../config/zookeeper/url.ts'
import type { ServiceFile, ServiceName, ServiceSpec } from '../service/spec.ts'
import type { Machine, PlanInput } from './input.ts'

/** Back again in a second or two, but never in a tight loop. */
const restart = { firstMs: 250, maxMs: 15_000, healthyMs: 30_000 }

/** What every service has alike. */
export function commonSpec(name: ServiceName, { dataDir, logDir }: Machine) {
  return {
    name,
    cwd: join(dataDir, name),
    logFile: join(logDir, `${name}.log`),
    stop: [
      { signal: 'SIGTERM', graceMs: 10_000 },
      { signal: 'SIGKILL', graceMs: 5000 },
    ],
    restart,
  } satisfies Partial<ServiceSpec>
}

/** Services of this plan that must be ready before those that keep their state in ZooKeeper. */
export function needsZooKeeper({ birth }: PlanInput): ServiceName[] {
  return birth ? ['zookeeper'] : []
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
