import type { ServiceName } from '../service/spec.ts'

export const serviceNames = ['zookeeper', 'mesos-master', 'docker', 'mesos-agent', 'marathon'] as const

const standIns = new Set<ServiceName>(['mesos-master', 'mesos-agent', 'marathon'])

/** Where a program comes from, and the beginning of its command line. */
export type Provided = {
  provider: 'system' | 'apt' | 'archive' | 'docker' | 'simulated'
  command: string[]
  /** What it must find in its environment. */
  env?: Record<string, string>
  /** Flags that tell it where its own parts lie. */
  flags?: Record<string, string>
  /** The image in which it runs. */
  image?: string
}

/**
 * Why a service cannot run here. `preparing`: its program is on its way. `missing` waits for somebody to install it;
 * `left-out` is as it should be.
 */
export type Held = {
  name: ServiceName
  kind: 'preparing' | 'missing' | 'left-out'
  reason: string
  hint?: string
}

export type Programs = { provided: Partial<Record<ServiceName, Provided>>; held: Held[] }

/** Whether a program is on this machine. One that is not may be on its way: the reason tells. */
export type Availability =
  | { kind: 'here'; provided: Provided }
  | { kind: 'absent'; reason: string; hint?: string; optional?: true; onItsWay?: true }

/**
 * Which program each service gets. Stand-ins come together and never beside a real master or agent; ZooKeeper and
 * Docker are always real.
 */
export function choosePrograms(
  available: Record<ServiceName, Availability>,
  { simulated, self }: { simulated: boolean; self: string[] },
): Programs {
  const provided: Programs['provided'] = {}
  const held: Held[] = []
  for (const name of serviceNames) {
    const found = available[name]
    if (simulated && standIns.has(name)) {
      provided[name] = { provider: 'simulated', command: [...self, 'simulated', name] }
    } else if (found.kind === 'here') {
      provided[name] = found.provided
    } else {
      const { reason, hint, optional, onItsWay } = found
      const kind = onItsWay ? 'preparing' : optional ? 'left-out' : 'missing'
      held.push({ name, kind, reason, ...(hint ? { hint } : {}) })
    }
  }
  return { provided, held }
}
