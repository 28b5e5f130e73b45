import { lookup } from 'node:dns/promises'
import { appendFileSync, readFileSync } from 'node:fs'
import { canonicalAddress } from '../../../config/address.ts'
import { type Finding, failed, ok, warning } from '../finding.ts'
import type { Subject } from '../subject.ts'

const hosts = '/etc/hosts'

/** Whether the names that are used resolve: this machine's own, and the hosts of the ZooKeeper URL. */
export async function checkNames({ machine, servers, place, config }: Subject): Promise<Finding[]> {
  const own = await lookup(machine.hostname, { all: true }).catch(() => [])
  return [
    judgeOwnName(
      machine.hostname,
      own.map(({ address }) => canonicalAddress(address) ?? address),
      { address: place.address, addresses: machine.addresses },
    ),
    ...servers
      .filter(({ addresses }) => addresses.length === 0)
      .map(({ host }) =>
        failed(`${host}, a host of the ZooKeeper URL, does not resolve`, `getent hosts ${host}`),
      ),
    ...(config.dns.port === 53 ? judgeStub(readFileSync('/proc/net/udp', 'utf8'), config.dns.listener) : []),
  ]
}

/** @param found what the name resolves to */
export function judgeOwnName(
  name: string,
  found: string[],
  { address, addresses }: { address: string; addresses: string[] },
): Finding {
  const line = `${address} ${name}`
  if (found.length === 0)
    return warning(
      `the host name ${name} does not resolve; Java and Marathon are slow without it`,
      `echo "${line}" >> ${hosts}`,
      { what: `add "${line}" to ${hosts}`, run: async () => appendFileSync(hosts, `${line}\n`) },
    )
  const foreign = found.find((each) => !addresses.includes(each) && !each.startsWith('127.'))
  return foreign === undefined
    ? ok(`the host name ${name} is ${found[0]}`)
    : warning(
        `the host name ${name} is ${foreign}, which is no address of this machine`,
        `look at ${hosts}, and at the name servers in /etc/resolv.conf`,
      )
}

/** 127.0.0.53 and port 53, as /proc/net/udp writes them (proc(5)). */
const stub = /^ *\d+: 3500007F:0035 /m

/** systemd-resolved has port 53 on an address of its own: a rival only to who wants every address in one socket. */
export function judgeStub(udp: string, listener: string): Finding[] {
  if (!stub.test(udp)) return []
  if (listener === '127.0.0.53')
    return [
      failed(
        'systemd-resolved has port 53 on 127.0.0.53, where dns.listener wants it',
        'meshbox config unset dns.listener',
      ),
    ]
  return [ok('systemd-resolved has port 53 on 127.0.0.53 alone, and leaves it to DNS everywhere else')]
}
