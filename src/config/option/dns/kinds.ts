import { z } from 'zod'
import { kind } from '../kind/kind.ts'
import { array } from '../kind/list.ts'
import { integer } from '../kind/number.ts'
import { text } from '../kind/text.ts'

/** Seconds, weights and the like, as DNS has them on the wire. */
export const uint16 = integer(0, 65535)
export const uint31 = integer(0, 2147483647)
export const uint32 = integer(0, 4294967295)

const zoneError = 'must be labels of letters, digits and dashes, joined by dots, without a trailing dot'

/** Lower-case labels of letters, digits and dashes joined by single dots; capitals are lowered. */
export const zoneName = kind(
  z
    .string({ error: zoneError })
    .toLowerCase()
    .regex(/^[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*$/, { error: zoneError }),
  {
    name: 'domain name',
    text: 'labels of letters, digits and dashes, joined by dots',
    good: ['mesos', 'a.example', 'Cluster-1.example'],
    bad: ['', '.', 'a.', 'a_b', 'a..b', 5],
  },
)

const networkError = 'must be an address or a network, such as 10.1.0.0/16'

export const network = kind(z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()], { error: networkError }), {
  name: 'network',
  text: 'an address or a network: 10.1.0.0/16',
  good: ['10.1.0.0/16', '192.0.2.1', 'fd00::/8', '::1'],
  bad: ['10.1.0.0/33', 'lan', '', 5],
})

/** Servers as `IP`, `IP:port` or `[v6]:port`; whether they are that is looked at only where they are used. */
export const upstreams = kind(array(text), {
  name: 'list of servers',
  text: 'a list of IP, IP:port or [IPv6]:port',
  good: [['192.0.2.1'], ['192.0.2.1:5353', '[2001:db8::1]:53'], []],
  bad: [5, 'ns', [null], ['ns.example'], ['192.0.2.1:0'], ['192.0.2.1', '192.0.2.1:53']],
})
