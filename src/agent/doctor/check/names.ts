import { lookup } from 'node:dns/promises'
import { type Finding, failed, ok, warning } from '../finding.ts'
import type { Subject } from '../subject.ts'

/** Whether the names that are used resolve: this machine's own, and the hosts of the ZooKeeper URL. */
export async function checkNames({ machine, servers, place }: Subject): Promise<Finding[]> {
  const own = await lookup(machine.hostname).catch(() => undefined)
  const hint = `echo "${place.address} ${machine.hostname}" >> /etc/hosts`
  return [
    own
      ? ok(`the host name ${machine.hostname} is ${own.address}`)
      : warning(
          `the host name ${machine.hostname} does not resolve; Java and Marathon are slow without it`,
          hint,
        ),
    ...servers
      .filter(({ addresses }) => addresses.length === 0)
      .map(({ host }) =>
        failed(`${host}, a host of the ZooKeeper URL, does not resolve`, `getent hosts ${host}`),
      ),
  ]
}
