import { dummyAddress } from '../../config/address.ts'
import type { Change } from './wanted.ts'

const link = 'meshbox0'
/** A pair is up by itself, on every kernel that has containers. */
const peer = 'meshbox1'

const there = `ip link show dev ${link} >/dev/null 2>&1`
const set = (what: string, ...values: string[]) => ['resolvectl', what, link, ...values]

/**
 * A link of its own for the domain: systemd-resolved sends the names of a link's routing domain to that link's servers and
 * no other name (systemd-resolved.service(8), "Protocols and routing"), whatever it does elsewhere. The link carries no
 * packet, and is gone with the next start of the machine. Each command may be repeated.
 * @param server as resolvectl wants it
 */
export function linkChange(domain: string, server: string): Change {
  // It hears of the new link a little later. The domain comes before the server: without it all names would go there.
  const whenKnown =
    'n=0; until resolvectl domain "$1" "$2"; do n=$((n+1)); [ $n -lt 30 ] || exit 1; sleep 0.1; done'
  return {
    through: 'systemd-resolved',
    commands: [
      ['sh', '-c', `${there} || ip link add dev ${link} type veth peer name ${peer}`],
      ['ip', 'link', 'set', 'dev', peer, 'up'],
      ['ip', 'link', 'set', 'dev', link, 'up'],
      // Links without an address that is more than link-local count as down.
      ['ip', 'address', 'replace', `${dummyAddress}/32`, 'dev', link],
      ['sh', '-c', whenKnown, 'sh', link, `~${domain}`],
      set('dnssec', 'no'),
      set('dnsovertls', 'no'),
      set('llmnr', 'no'),
      set('mdns', 'no'),
      set('dns', server),
    ],
    undoCommands: [['sh', '-c', `! ${there} || ip link delete dev ${link}`]],
  }
}
