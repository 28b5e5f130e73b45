import { z } from 'zod'

const port = z.int().min(1).max(65535)
const uint32 = z.int().min(0).max(4294967295)

/** Lower-case labels of letters, digits and dashes joined by single dots; capitals are lowered. */
const zoneName = z
  .string()
  .toLowerCase()
  .regex(
    /^[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*$/,
    'must be labels of letters, digits and dashes, joined by dots, without a trailing dot',
  )

/** Where task addresses are taken from: the first source that has a valid one wins. */
export const ipSources = ['host', 'docker', 'mesos', 'netinfo'] as const
export type IpSource = (typeof ipSources)[number]

/** The resolver's part of the document; names follow Mesos-DNS's, in camel case. */
export const dnsSchema = z.strictObject({
  domain: zoneName.default('mesos'),
  listener: z.union([z.ipv4(), z.ipv6()]).default('0.0.0.0'),
  port: port.default(53),
  dnsOn: z.boolean().default(true),
  httpOn: z.boolean().default(true),
  httpListener: z.union([z.ipv4(), z.ipv6()]).default('0.0.0.0'),
  httpPort: port.default(8123),
  /** Seconds, of every record. */
  ttl: z.int().min(0).max(2147483647).default(60),
  srvRecordDefaultWeight: z.int().min(0).max(65535).default(1),
  /** Seconds between two loads of the master's state; changes are followed at once where the master tells them. */
  refreshSeconds: z.int().min(1).default(60),
  /** Seconds that one fetch of the state may take. */
  stateTimeoutSeconds: z.int().min(1).default(300),
  /** Value of the RA bit in answers for the domain. */
  recurseOn: z.boolean().default(true),
  /** false: the TC bit is never set, whatever was left out. */
  setTruncateBit: z.boolean().default(true),
  /** Labels by RFC 952: at most 24 characters, beginning with a letter. */
  enforceRFC952: z.boolean().default(false),
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
})

export type DnsConfig = z.output<typeof dnsSchema>
