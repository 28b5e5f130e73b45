import type { DnsConfig } from '../../config/dns.ts'
import { mailboxName, primaryName } from '../zone/soa.ts'

/** Where the configuration came from: what is shown, but lives outside the resolver's part of the document. */
export type ConfigOrigin = { zk: string; masters: string[]; file: string }

const hidden = '***'

/** The body of `/v1/config`: Mesos-DNS's keys after defaults; secrets are never shown. */
export function shownConfig(config: DnsConfig, origin: ConfigOrigin, serial: number): object {
  const { principal, secret } = config.mesosCredentials
  return {
    RefreshSeconds: config.refreshSeconds,
    Port: config.port,
    Timeout: config.timeout,
    StateTimeoutSeconds: config.stateTimeoutSeconds,
    ZkDetectionTimeout: config.zkDetectionTimeout,
    HttpPort: config.httpPort,
    TTL: config.ttl,
    SRVRecordDefaultWeight: config.srvRecordDefaultWeight,
    SOASerial: serial,
    SOARefresh: config.soaRefresh,
    SOARetry: config.soaRetry,
    SOAExpire: config.soaExpire,
    SOAMinttl: config.soaMinttl,
    SOAMname: primaryName(config),
    SOARname: mailboxName(config),
    Masters: origin.masters.length > 0 ? origin.masters : null,
    ZoneResolvers: config.zoneResolvers,
    Resolvers: config.resolvers,
    IPSources: config.ipSources,
    Zk: origin.zk.replace(/^([a-z]+:\/\/[^:/@]*):[^/]*@/, `$1:${hidden}@`),
    Domain: config.domain,
    File: origin.file,
    Listener: config.listener,
    HTTPListener: config.httpListener,
    RecurseOn: config.recurseOn,
    DnsOn: config.dnsOn,
    HttpOn: config.httpOn,
    ExternalOn: config.externalOn,
    EnforceRFC952: config.enforceRFC952,
    SetTruncateBit: config.setTruncateBit,
    EnumerationOn: config.enumerationOn,
    MesosHTTPSOn: config.mesosHttpsOn,
    CACertFile: config.caCertFile,
    CertFile: config.certFile,
    KeyFile: config.keyFile,
    MesosCredentials: {
      Principal: principal === '' ? '' : hidden,
      Secret: secret === '' ? '' : hidden,
    },
    IAMConfigFile: config.iamConfigFile,
    MesosAuthentication: config.mesosAuthentication,
  }
}
