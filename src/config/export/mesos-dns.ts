import { isSettings, type Settings } from '../document/layers.ts'
import { type Left, leftIn, without } from './left.ts'

/** Options that Mesos-DNS knows, as its own documentation writes them. */
const spelled: Record<string, string> = {
  ...same('domain', 'listener', 'port', 'ttl', 'refreshSeconds', 'stateTimeoutSeconds', 'zkDetectionTimeout'),
  ...same('resolvers', 'zoneResolvers', 'timeout', 'setTruncateBit', 'enforceRFC952', 'enumerationOn'),
  ...same('certFile', 'keyFile', 'mesosAuthentication', 'mesosCredentials'),
  dnsOn: 'dnson',
  httpOn: 'httpon',
  httpPort: 'httpport',
  httpListener: 'httplistener',
  externalOn: 'externalon',
  recurseOn: 'recurseon',
  srvRecordDefaultWeight: 'SRVRecordDefaultWeight',
  ipSources: 'IPSources',
  soaMname: 'SOAMname',
  soaRname: 'SOARname',
  soaRefresh: 'SOARefresh',
  soaRetry: 'SOARetry',
  soaExpire: 'SOAExpire',
  soaMinttl: 'SOAMinttl',
  mesosHttpsOn: 'mesosHTTPSOn',
  caCertFile: 'CACertFile',
  iamConfigFile: 'IAMConfigFile',
}

function same(...names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, name]))
}

/**
 * What is set of the resolver, as Mesos-DNS's config.json.
 * @param zk the ZooKeeper URL of the cluster
 */
export function exportMesosDns(settings: Settings, zk: string): { json: Settings; left: Left[] } {
  const dns = isSettings(settings.dns) ? settings.dns : {}
  const { domain } = dns
  // In meshbox these names follow the domain; in Mesos-DNS they do not.
  const following: Settings =
    domain === undefined ? {} : { soaMname: `ns1.${domain}`, soaRname: `root.ns1.${domain}` }
  const entries = Object.entries({ ...following, ...dns })
  const held = entries.flatMap(([name, value]) => {
    const key = Object.hasOwn(spelled, name) ? spelled[name] : undefined
    return key === undefined ? [] : [[key, value] as const]
  })
  const others = Object.fromEntries(entries.filter(([name]) => !Object.hasOwn(spelled, name)))
  const left = [
    ...leftIn(others, ['dns'], 'Mesos-DNS has no such key'),
    ...leftIn(without(settings, ['dns']), [], 'it is not about names'),
  ]
  return { json: { zk, ...Object.fromEntries(held) }, left }
}
