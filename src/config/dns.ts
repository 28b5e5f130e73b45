import { BlockList, isIP } from 'node:net'
import { z } from 'zod'
import { canonicalAddress, isIPv6 } from './address.ts'
import { forwardOptions } from './option/dns/forward.ts'
import { network } from './option/dns/kinds.ts'
import { masterOptions } from './option/dns/master.ts'
import { nameOptions } from './option/dns/names.ts'
import { serveOptions } from './option/dns/serve.ts'
import { parseStaticRecord } from './static-record.ts'

const fields = z.strictObject({ ...serveOptions, ...nameOptions, ...forwardOptions, ...masterOptions })

/** The resolver's part of the document; names follow Mesos-DNS's, in camel case. */
export const dnsSchema = fields.superRefine((config, context) => {
  if (context.issues.length > 0) return // of a value that is wrong by itself nothing follows
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
  if (isIP(text) !== 0) return { address: spelled(text), port: 53 }
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text)
  const host = match?.[1] ?? match?.[2] ?? ''
  const number = Number(match?.[3])
  return isIP(host) === 0 || number < 1 || number > 65535
    ? undefined
    : { address: spelled(host), port: number }
}

/** As the addresses of peers are spelled; one with a zone stays as it is. */
function spelled(address: string): string {
  return canonicalAddress(address) ?? address
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

/**
 * Every IPv4 address is not enough for a machine that the others reach over IPv6.
 * @param own where they reach it
 */
export function resolverListener(listener: string, own: string): string {
  return listener === '0.0.0.0' && isIPv6(own) ? '::' : listener
}
