import { BlockList, isIP } from 'node:net'
import { z } from 'zod'
import { parseStaticRecord } from './static-record.ts'

const port = z.int().min(1).max(65535)
const uint32 = z.int().min(0).max(4294967295)
const address = z.union([z.ipv4(), z.ipv6()])

/** Lower-case labels of letters, digits and dashes joined by single dots; capitals are lowered. */
const zoneName = z
  .string()
  .toLowerCase()
  .regex(
    /^[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*$/,
    'must be labels of letters, digits and dashes, joined by dots, without a trailing dot',
  )

const network = z.union([z.cidrv4(), z.cidrv6(), address])

/** Where task addresses are taken from: the first source that has a valid one wins. */
const ipSources = ['host', 'docker', 'mesos', 'netinfo'] as const
export type IpSource = (typeof ipSources)[number]

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

const fields = z.strictObject({
  domain: zoneName.default('mesos'),
  dnsOn: z.boolean().default(true),
  listener: address.default('0.0.0.0'),
  port: port.default(53),
  /** The HTTP API of Mesos-DNS. */
  httpOn: z.boolean().default(true),
  httpListener: address.default('0.0.0.0'),
  httpPort: port.default(8123),
  /** Serves `/v1/enumerate` and `/v1/axfr` over HTTP. */
  enumerationOn: z.boolean().default(true),
  /** Seconds, of every record. */
  ttl: z.int().min(0).max(2147483647).default(60),
  srvRecordDefaultWeight: z.int().min(0).max(65535).default(1),
  /** Seconds between two loads of the master's state; changes are followed at once where the master tells them. */
  refreshSeconds: z.int().min(1).default(60),
  /** Seconds for which records are served after the last good load; 0 is for ever. */
  maximumAge: z.int().min(0).default(0),
  /** Seconds that one fetch of the state may take. */
  stateTimeoutSeconds: z.int().min(1).default(300),
  /** Accepted for Mesos-DNS's sake: names are served while no leader is known, however long that lasts. */
  zkDetectionTimeout: z.int().default(30),
  /** Value of the RA bit in answers for the domain. */
  recurseOn: z.boolean().default(true),
  /** false: the TC bit is never set, whatever was left out. */
  setTruncateBit: z.boolean().default(true),
  /** Labels by RFC 952: at most 24 characters, beginning with a letter. */
  enforceRFC952: z.boolean().default(false),
  /** Names of tasks are cut so that labels made of them fit DNS's 63 characters; this changes names. */
  shortenLabels: z.boolean().default(false),
  /** Tasks whose health check failed last have no names. */
  healthAware: z.boolean().default(false),
  /** Tasks that their framework keeps to itself (DiscoveryInfo visibility FRAMEWORK) have no names. */
  respectVisibility: z.boolean().default(false),
  /**
   * The networks whose addresses tasks have, the best first: a container network's name, a label of it (`key=value`), or
   * the addresses themselves (`10.0.0.0/8`). What is on none of them does not count; with an empty list all of it does.
   */
  networks: z.array(z.string().min(1)).default([]),
  /** Label of a task that holds a list of its own, with commas, in the place of `networks`. */
  networkLabel: z.string().default(''),
  /** Labels of a task whose values are the priority and the weight of its SRV records. */
  priorityLabel: z.string().default(''),
  weightLabel: z.string().default(''),
  /** Further records of the domain, as in a zone file: `registry A 10.0.0.50`, `_ldap._tcp SRV 0 5 389 registry`. */
  records: z.array(z.string()).default([]),
  ipSources: z
    .array(z.enum(ipSources))
    .min(1)
    .refine((list) => new Set(list).size === list.length, 'must not name a source twice')
    .default(['netinfo', 'mesos', 'host']),
  /** Name of the primary server; `ns1.` and the domain by default. */
  soaMname: z.string().optional(),
  /** Mailbox of the zone's keeper, with `@` or `.`; `root.ns1.` and the domain by default. */
  soaRname: z.string().optional(),
  soaRefresh: uint32.default(60),
  soaRetry: uint32.default(600),
  soaExpire: uint32.default(86400),
  /** How long others may remember that a name does not exist, in seconds. */
  soaMinttl: uint32.default(60),
  /** Names outside the domain are forwarded; otherwise refused. */
  externalOn: z.boolean().default(true),
  /** Upstream servers, `IP` or `IP:port`; with an empty list those of /etc/resolv.conf. */
  resolvers: z.array(z.string()).default(['8.8.8.8']),
  /** Upstream servers of their own for some zones. */
  zoneResolvers: z.record(zoneName, z.array(z.string()).min(1)).default({}),
  /** Seconds that an upstream may take. */
  timeout: z
    .int()
    .min(0)
    .transform((seconds) => (seconds === 0 ? 5 : seconds))
    .default(5),
  /** Networks whose names outside the domain are looked up; the others are refused. */
  recursionAllow: z.array(network).default(privateNetworks),
  /** Forwarded queries a second that each client network (/24, /56) may ask; 0 is no limit. */
  rateLimit: z.int().min(0).default(1000),
  /** Primaries to take the zone from, `IP` or `IP:port`, instead of asking a master; the first that answers is used. */
  transferFrom: z.array(z.string()).default([]),
  /** `auto`: the machine's own look-ups of the domain, and only those, go to meshbox; never in `dev`. */
  host: z.enum(['off', 'auto']).default('off'),
  /** Networks that may take the whole zone (AXFR, IXFR). */
  transferTo: z.array(network).default([]),
  /** Secondaries that are told of each change (NOTIFY), `IP` or `IP:port`. */
  notify: z.array(z.string()).default([]),
  /** The state is fetched over HTTPS. */
  mesosHttpsOn: z.boolean().default(false),
  /** PEM file that verifies the master; the system's own certificates by default. */
  caCertFile: z.string().default(''),
  certFile: z.string().default(''),
  keyFile: z.string().default(''),
  mesosAuthentication: z.enum(['', 'basic', 'iam']).default(''),
  mesosCredentials: z
    .strictObject({ principal: z.string().default(''), secret: z.string().default('') })
    .prefault({}),
  /** JSON file with `uid`, `private_key` and `login_endpoint`. */
  iamConfigFile: z.string().default(''),
})

/** The resolver's part of the document; names follow Mesos-DNS's, in camel case. */
export const dnsSchema = fields.superRefine((config, context) => {
  const fault = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message })
  if (!config.dnsOn && !config.httpOn) fault(['dnsOn'], 'dnsOn or httpOn must be true')
  if ((config.certFile === '') !== (config.keyFile === ''))
    fault(['certFile'], 'certFile and keyFile need each other')
  const { principal, secret } = config.mesosCredentials
  if (config.mesosAuthentication === 'basic' && principal === '' && secret === '')
    fault(['mesosCredentials'], 'basic authentication needs a principal and a secret')
  if (config.mesosAuthentication === 'iam' && config.iamConfigFile === '')
    fault(['iamConfigFile'], 'iam authentication needs this file')
  for (const text of config.records)
    if (!parseStaticRecord(text, config.domain))
      fault(['records'], `"${text}" is no A, AAAA or SRV record of ${config.domain}`)
  for (const why of upstreamFaults(config.notify)) fault(['notify'], why)
  for (const why of upstreamFaults(config.transferFrom)) fault(['transferFrom'], why)
  if (!config.externalOn) return
  for (const why of upstreamFaults(config.resolvers)) fault(['resolvers'], why)
  for (const [zone, list] of Object.entries(config.zoneResolvers)) {
    for (const why of upstreamFaults(list)) fault(['zoneResolvers', zone], why)
    const other = [config.domain, ...Object.keys(config.zoneResolvers)].find(
      (name) => (name !== zone || name === config.domain) && `.${zone}`.endsWith(`.${name}`),
    )
    if (other !== undefined) fault(['zoneResolvers', zone], `is ${other}, or a part of it`)
    if (`.${config.domain}`.endsWith(`.${zone}`) && zone !== config.domain)
      fault(['zoneResolvers', zone], `has ${config.domain} as a part`)
  }
})

export type DnsConfig = z.output<typeof dnsSchema>

export type Upstream = { address: string; port: number }

/** `IP`, `IP:port` or `[v6]:port`; the port is 53 unless written. Undefined for anything else. */
export function parseUpstream(text: string): Upstream | undefined {
  if (isIP(text) !== 0) return { address: text, port: 53 }
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text)
  const host = match?.[1] ?? match?.[2] ?? ''
  const number = Number(match?.[3])
  return isIP(host) === 0 || number < 1 || number > 65535 ? undefined : { address: host, port: number }
}

function upstreamFaults(list: string[]): string[] {
  const seen = new Set<string>()
  return list.flatMap((text) => {
    const upstream = parseUpstream(text)
    if (!upstream) return [`"${text}" is no IP address or IP:port`]
    const key = `${upstream.address} ${upstream.port}`
    if (seen.has(key)) return [`"${text}" stands there twice`]
    seen.add(key)
    return []
  })
}

/** Whether a text is a range of addresses, or one address. */
export function isNetwork(text: string): boolean {
  return network.safeParse(text).success
}

/** Whether an address is in one of the networks; an address stands for itself. */
export function networkCheck(networks: string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const text of networks) {
    const [base = '', bits] = text.split('/')
    const family = isIP(base) === 6 ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(base, family)
    else list.addSubnet(base, Number(bits), family)
  }
  return (text) => list.check(text, isIP(text) === 6 ? 'ipv6' : 'ipv4')
}
