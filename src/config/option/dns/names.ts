import { z } from 'zod'
import { kind } from '../kind/kind.ts'
import { array } from '../kind/list.ts'
import { integer } from '../kind/number.ts'
import { text, yes } from '../kind/text.ts'
import { uint16, uint31, uint32, zoneName } from './kinds.ts'
import { dns } from './row.ts'

/** Where task addresses are taken from: the first source that has a valid one wins. */
const sources = ['host', 'docker', 'mesos', 'netinfo'] as const
export type IpSource = (typeof sources)[number]

const sourceError = `must be one of ${sources.join(', ')}`
const ipSources = kind(
  z
    .array(z.enum(sources, { error: sourceError }), { error: 'must be a list' })
    .min(1, { error: 'must name one source at least' })
    .refine((list) => new Set(list).size === list.length, 'must not name a source twice'),
  {
    name: 'list of sources',
    text: `a list of ${sources.join(', ')}, each once`,
    good: [['host'], ['netinfo', 'mesos', 'docker', 'host']],
    bad: [[], ['Host'], ['host', 'host'], 'host', 5],
  },
)

const filled = kind(z.string({ error: 'must be a text' }).min(1, { error: 'must not be empty' }), {
  name: 'text',
  text: 'a text',
  good: ['front', 'tier=data', '10.0.0.0/8'],
  bad: ['', 5],
})

/** Whether each is a record of the domain is looked at with the domain. */
const records = kind(array(text), {
  name: 'list of records',
  text: 'a list of NAME A ADDRESS, NAME AAAA ADDRESS or NAME SRV PRIORITY WEIGHT PORT TARGET',
  good: [['registry A 10.0.0.50', '_ldap._tcp SRV 0 5 389 registry'], []],
  bad: [['registry'], 'registry A 10.0.0.50', [5], 5],
})

/** What has which names, and what stands in the records. */
export const nameOptions = {
  domain: dns(zoneName.default('mesos'), { text: 'The domain of all names.' }),
  ttl: dns(uint31.default(60), { text: 'How long others may remember a record.', unit: 'seconds' }),
  srvRecordDefaultWeight: dns(uint16.default(1), { text: 'The weight of SRV records.' }),
  enforceRFC952: dns(yes.default(false), {
    text: 'Labels by RFC 952: at most 24 characters, beginning with a letter.',
  }),
  shortenLabels: dns(yes.default(false), {
    text: 'Names of tasks are cut so that labels made of them fit the 63 characters of DNS; this changes names.',
  }),
  healthAware: dns(yes.default(false), { text: 'Tasks whose health check failed last have no names.' }),
  respectVisibility: dns(yes.default(false), {
    text: 'Tasks that their framework keeps to itself (DiscoveryInfo visibility FRAMEWORK) have no names.',
  }),
  networks: dns(array(filled).default([]), {
    text: "The networks whose addresses tasks have, the best first: a container network's name, a label of it (key=value), or the addresses themselves (10.0.0.0/8). What is on none of them does not count; with an empty list all of it does.",
  }),
  networkLabel: dns(text.default(''), {
    text: 'Label of a task that holds a list of its own, with commas, in the place of networks.',
  }),
  priorityLabel: dns(text.default(''), { text: 'Label of a task that is the priority of its SRV records.' }),
  weightLabel: dns(text.default(''), { text: 'Label of a task that is the weight of its SRV records.' }),
  records: dns(records.default([]), {
    text: 'Further records of the domain, as in a zone file: "registry A 10.0.0.50", "_ldap._tcp SRV 0 5 389 registry".',
  }),
  ipSources: dns(ipSources.default(['netinfo', 'mesos', 'host']), {
    text: 'Where the addresses of tasks are taken from; the first source that has a valid one counts.',
  }),
  soaMname: dns(text.optional(), { text: 'Name of the primary server; ns1 in the domain when left out.' }),
  soaRname: dns(text.optional(), {
    text: "Mailbox of the zone's keeper, with @ or dots; root.ns1 in the domain when left out.",
  }),
  soaRefresh: dns(uint32.default(60), { text: 'How often secondaries ask for changes.', unit: 'seconds' }),
  soaRetry: dns(uint32.default(600), {
    text: 'How soon secondaries ask again when nobody has answered.',
    unit: 'seconds',
  }),
  soaExpire: dns(uint32.default(86400), {
    text: 'How long secondaries serve the zone while nobody answers them.',
    unit: 'seconds',
  }),
  soaMinttl: dns(uint32.default(60), {
    text: 'How long others may remember that a name does not exist.',
    unit: 'seconds',
  }),
  refreshSeconds: dns(integer(1).default(60), {
    text: "How often the master's state is loaded anew; changes are followed at once where the master tells them.",
    unit: 'seconds',
  }),
  maximumAge: dns(integer().default(0), {
    text: 'How long records are served after the last good load; 0 is for ever.',
    unit: 'seconds',
  }),
}
