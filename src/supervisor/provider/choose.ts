import type { ServiceName } from '../service/spec.ts'

/** Where a program comes from, and the beginning of its command line. */
export type Provided = { provider: 'system' | 'simulated'; command: string[] }

/** Why a service cannot run here. `missing` waits for somebody to install it; `left-out` is as it should be. */
export type Held = { name: ServiceName; kind: 'missing' | 'left-out'; reason: string; hint?: string }

export type Programs = { provided: Partial<Record<ServiceName, Provided>>; held: Held[] }

/** What was found on this machine: the command line of each program that is installed. */
export type Found = Partial<Record<ServiceName, string[]>>

const mending: Record<ServiceName, string> = {
  zookeeper: 'run `apt-get install zookeeper`, and it is started',
  'mesos-master':
    'install mesos-master where the PATH finds it, and it is started; for a trial, join with --simulated',
  'mesos-agent':
    'install mesos-agent where the PATH finds it, and it is started; for a trial, join with --simulated',
  marathon: 'install marathon where the PATH finds it, and it is started',
}

/**
 * Which provider each program gets. Stand-ins come together and never beside a real master or agent; ZooKeeper is
 * always real. Marathon is optional: with a real master and none installed it is left out.
 */
export function choosePrograms(
  found: Found,
  { simulated, self }: { simulated: boolean; self: string[] },
): Programs {
  const provided: Programs['provided'] = {}
  const held: Held[] = []
  for (const name of ['zookeeper', 'mesos-master', 'mesos-agent', 'marathon'] as const) {
    const command = found[name]
    if (simulated && name !== 'zookeeper') {
      provided[name] = { provider: 'simulated', command: [...self, 'simulated', name] }
    } else if (command) {
      provided[name] = { provider: 'system', command }
    } else if (name === 'marathon') {
      held.push({
        name,
        kind: 'left-out',
        reason: 'marathon is not installed',
        hint: mending[name],
      })
    } else {
      held.push({ name, kind: 'missing', reason: `${name} is not installed`, hint: mending[name] })
    }
  }
  return { provided, held }
}
