import { z } from 'zod'
import { kind } from '../kind/kind.ts'
import { array } from '../kind/list.ts'
import { integer } from '../kind/number.ts'
import { yes } from '../kind/text.ts'
import { network, upstreams, zoneName } from './kinds.ts'
import { dns } from './row.ts'

/** Networks that belong to nobody but the people who run them: loopback, private, link-local. */
const privateNetworks = [
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '::1/128',
  'fc00::/7',
  'fe80::/10',
]

const zoneError = 'must be a mapping of zones to lists of servers'
const zoneServers = kind(
  z.record(zoneName, array(z.string({ error: 'must be a text' })).min(1, { error: 'must not be empty' }), {
    error: zoneError,
  }),
  {
    name: 'servers by zone',
    text: 'a mapping of zones to lists of IP, IP:port or [IPv6]:port',
    good: [{ 'corp.example': ['192.0.2.3'] }, {}],
    bad: [
      { 'corp.example': [] },
      { 'corp.example': ['ns'] },
      { 'a_b.example': ['192.0.2.3'] },
      [],
      'corp.example',
      5,
    ],
  },
)

/** Names outside the domain. */
export const forwardOptions = {
  externalOn: dns(yes.default(true), {
    text: 'Names outside the domain are looked up elsewhere; otherwise they are refused.',
  }),
  resolvers: dns(upstreams.default(['8.8.8.8']), {
    text: 'The servers to ask for them; with an empty list those of /etc/resolv.conf.',
  }),
  zoneResolvers: dns(zoneServers.default({}), { text: 'Servers of their own for some zones.' }),
  timeout: dns(
    integer()
      .transform((seconds) => (seconds === 0 ? 5 : seconds))
      .default(5),
    { text: 'How long such a server may take; 0 means 5 as well.', unit: 'seconds' },
  ),
  recursionAllow: dns(array(network).default(privateNetworks), {
    text: 'The networks for which names outside the domain are looked up; the others are refused.',
  }),
  rateLimit: dns(integer().default(1000), {
    text: 'How many such queries each client network (/24, /56) may ask; 0 is no limit.',
    unit: 'queries a second',
  }),
}
