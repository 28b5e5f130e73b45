import type { Config } from '../../config/schema.ts'
import type { ServiceStatus } from '../../supervisor/service/spec.ts'
import { type Holder, holderOf } from '../preflight/holder.ts'
import { known } from '../problem/known.ts'
import type { Problem } from '../problem/problem.ts'

type Port = { port: number; what: string; setting: string }

/**
 * Which programs hold a port of something that cannot run: its own program is gone, so it is somebody else's.
 * @param down what does not run for now, by its name
 * @param find looks it up; to try the port would be in the way of whoever has it next
 */
export function takenPorts(
  config: Config,
  down: Set<string>,
  own: Set<number>,
  find: (port: number) => Holder | undefined,
): Problem[] {
  return portsOf(config)
    .filter(({ what }) => down.has(what))
    .flatMap((port) => {
      const holder = find(port.port)
      return holder && !own.has(holder.pid ?? 0) ? [known.portTaken(port, holder)] : []
    })
}

function portsOf({ dns, gossip, mesos, marathon, zookeeper }: Config): Port[] {
  return [
    { what: 'zookeeper', port: zookeeper.clientPort, setting: 'the port in the ZooKeeper URL' },
    { what: 'zookeeper', port: zookeeper.quorumPort, setting: 'zookeeper.quorumPort' },
    { what: 'zookeeper', port: zookeeper.electionPort, setting: 'zookeeper.electionPort' },
    { what: 'mesos-master', port: mesos.master.port, setting: 'mesos.master.port' },
    { what: 'marathon', port: marathon.http_port, setting: 'marathon.http_port' },
    { what: 'mesos-agent', port: mesos.agent.port, setting: 'mesos.agent.port' },
    { what: 'gossip', port: gossip.port, setting: 'gossip.port' },
    { what: 'dns', port: dns.port, setting: 'dns.port' },
  ]
}

/** Services that end by themselves, and what the agent itself cannot serve. */
export function portProblems(
  config: Config,
  { services, dns, gossip }: { services: ServiceStatus[]; dns: string | undefined; gossip: boolean },
): Problem[] {
  const down = new Set<string>(
    services.filter(({ state }) => state === 'failed' || state === 'backing-off').map(({ name }) => name),
  )
  if (dns === 'failed') down.add('dns')
  if (!gossip) down.add('gossip')
  if (down.size === 0) return []
  const own = new Set([process.pid, ...services.flatMap(({ pid }) => pid ?? [])])
  return takenPorts(config, down, own, holderOf)
}
