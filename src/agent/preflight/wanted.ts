import { isIPv6 } from '../../config/address.ts'
import { resolverListener } from '../../config/dns.ts'
import type { Config } from '../../config/schema.ts'
import { everyAddress } from '../local/machine.ts'
import type { Joined } from '../local/memory.ts'
import type { WantedPort } from './ports.ts'

export type Place = {
  address: string
  /** Of this machine's own ZooKeeper, when it is to have one. */
  clientPort: number | undefined
  controller: boolean
  worker: boolean
}

/**
 * Every port that something of ours will listen on, with the option that moves it.
 * @param addresses of this machine: the resolver has a socket on each, and a systemd-resolved on 127.0.0.53 is no rival
 */
export function wantedPorts(
  config: Config,
  { mode }: Pick<Joined, 'mode'>,
  place: Place,
  addresses: string[],
): WantedPort[] {
  const { dns, gossip, mesos, marathon, zookeeper, api } = config
  const everywhere = mode === 'dev' ? '127.0.0.1' : everyAddress(addresses)
  const own = place.address
  const inUrl = mode === 'dev' ? 'zookeeper.clientPort' : 'the port in the ZooKeeper URL'
  const forEnsemble: WantedPort[] =
    place.clientPort !== undefined
      ? [
          { what: 'zookeeper', address: everywhere, port: place.clientPort, setting: inUrl },
          {
            what: 'zookeeper (quorum)',
            address: own,
            port: zookeeper.quorumPort,
            setting: 'zookeeper.quorumPort',
          },
          {
            what: 'zookeeper (election)',
            address: own,
            port: zookeeper.electionPort,
            setting: 'zookeeper.electionPort',
          },
        ]
      : []
  const forController: WantedPort[] = place.controller
    ? [
        { what: 'mesos-master', address: own, port: mesos.master.port, setting: 'mesos.master.port' },
        { what: 'marathon', address: own, port: marathon.http_port, setting: 'marathon.http_port' },
      ]
    : []
  const forWorker: WantedPort[] = place.worker
    ? [{ what: 'mesos-agent', address: own, port: mesos.agent.port, setting: 'mesos.agent.port' }]
    : []
  return [
    ...forEnsemble,
    ...forController,
    ...forWorker,
    { what: 'gossip', address: own, port: gossip.port, udp: true, setting: 'gossip.port' },
    { what: 'gossip (TCP)', address: own, port: gossip.port, setting: 'gossip.port' },
    { what: 'the API', address: everywhere, port: api.port, setting: 'api.port' },
    ...resolverAddresses(resolverListener(dns.listener, own), addresses).flatMap((address) => [
      { what: 'DNS', address, port: dns.port, udp: true, setting: 'dns.port' },
      { what: 'DNS (TCP)', address, port: dns.port, setting: 'dns.port' },
    ]),
  ]
}

/** The resolver has a socket on each; a link-local address is one only together with its interface. */
function resolverAddresses(listener: string, addresses: string[]): string[] {
  if (listener === '::') return addresses.filter((address) => !/^fe80:/i.test(address))
  return listener === '0.0.0.0' ? addresses.filter((address) => !isIPv6(address)) : [listener]
}
