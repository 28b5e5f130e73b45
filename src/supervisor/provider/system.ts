import type { ServiceName } from '../service/spec.ts'
import type { Availability } from './choose.ts'
import type { Found } from './find.ts'

const mending: Record<ServiceName, string> = {
  zookeeper: 'run `apt-get install zookeeper`, and it is started',
  'mesos-master':
    'install mesos-master where the PATH finds it, or say where it comes from (`meshbox install --plan`); for a trial, join with --simulated',
  docker: 'run `apt-get install docker.io`, or set packages.docker.provider=apt',
  'mesos-agent':
    'install mesos-agent where the PATH finds it, or say where it comes from (`meshbox install --plan`); for a trial, join with --simulated',
  marathon: 'install marathon where the PATH finds it, and it is started',
}

/** What is installed on this machine by somebody else. Marathon is optional: without one it is left out. */
export function systemPrograms(found: Found): Record<ServiceName, Availability> {
  const look = (name: ServiceName): Availability => {
    const command = found[name]
    if (command) return { kind: 'here', provided: { provider: 'system', command } }
    return {
      kind: 'absent',
      reason: `${name} is not installed`,
      hint: mending[name],
      ...(name === 'marathon' ? { optional: true as const } : {}),
    }
  }
  return {
    zookeeper: look('zookeeper'),
    'mesos-master': look('mesos-master'),
    docker: look('docker'),
    'mesos-agent': look('mesos-agent'),
    marathon: look('marathon'),
  }
}
