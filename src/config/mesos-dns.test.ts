import { afterAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mesosDnsNames, readMesosDnsConfig } from './mesos-dns.ts'

const dir = mkdtempSync(join(tmpdir(), 'meshbox-mesos-dns-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

function read(text: string) {
  const path = join(dir, 'config.json')
  writeFileSync(path, text)
  return readMesosDnsConfig(path)
}

/** What the original has of each key (SPEC section 2), but where it is found and what it overwrites. */
const original = {
  refreshSeconds: 60,
  stateTimeoutSeconds: 300,
  zkDetectionTimeout: 30,
  ttl: 60,
  SRVRecordDefaultWeight: 1,
  domain: 'mesos',
  port: 53,
  listener: '0.0.0.0',
  dnson: true,
  httpon: true,
  httpport: 8123,
  httplistener: '0.0.0.0',
  externalon: true,
  resolvers: ['8.8.8.8'],
  zoneResolvers: {},
  timeout: 5,
  recurseon: true,
  setTruncateBit: true,
  enforceRFC952: false,
  IPSources: ['netinfo', 'mesos', 'host'],
  enumerationOn: true,
  SOAMname: 'ns1.mesos',
  SOARname: 'root.ns1.mesos',
  SOARefresh: 60,
  SOARetry: 600,
  SOAExpire: 86400,
  SOAMinttl: 60,
  mesosHTTPSOn: false,
  CACertFile: '',
  certFile: '',
  keyFile: '',
  mesosAuthentication: '',
  mesosCredentials: { principal: '', secret: '' },
  IAMConfigFile: '',
}

describe('a Mesos-DNS configuration', () => {
  test('has an option for each key of the original, with its default', () => {
    const { dns, zk, masters, unknown } = read(
      JSON.stringify({ zk: 'zk://a:2181/mesos', ...original, SOASerial: 7, file: '/x' }),
    )
    expect({ zk, masters, unknown }).toEqual({ zk: 'zk://a:2181/mesos', masters: [], unknown: [] })
    const untouched = read('{"zk":"zk://a:2181/mesos"}').dns
    expect(dns).toEqual(untouched)
    const names = Object.keys(original).map((key) => mesosDnsNames[key.toLowerCase()])
    expect(names).not.toContain(undefined)
    expect(names.map((name) => untouched[name as keyof typeof untouched] as unknown)).toEqual(
      Object.values(original),
    )
  })

  test('is read in any letter case, the last key wins, null leaves the default, unknown keys are named', () => {
    const { dns, unknown } = read(
      '{"Masters":["a:1"],"TTL":5,"ttl":7,"PORT":null,"Domain":"A.Example","EMAIL":"x","mesosCredentials":{"Principal":"p","SECRET":"s"}}',
    )
    expect(dns).toMatchObject({
      ttl: 7,
      port: 53,
      domain: 'a.example',
      mesosCredentials: { principal: 'p', secret: 's' },
    })
    expect(unknown).toEqual(['EMAIL'])
  })

  test('without externalon its resolvers are not looked at', () => {
    expect(read('{"masters":["a:1"],"externalon":false,"resolvers":["x"]}').dns.resolvers).toEqual(['x'])
  })
})

describe('a wrong one is refused', () => {
  const one = (text: string) => `{"masters":["10.0.0.1:5050"],${text}}`
  const cases: [string, string][] = [
    ['[]', 'must be a JSON object'],
    ['{', 'no JSON'],
    ['{}', 'zk or masters'],
    ['{"masters":[]}', 'zk or masters'],
    ['{"masters":["a"]}', '"a" is no host:port'],
    ['{"masters":["a:70000"]}', 'no host:port'],
    ['{"masters":["::1:5050"]}', 'no host:port'],
    ['{"masters":["a:1","A:1"]}', 'twice'],
    [one('"refreshSeconds":0'), 'refreshSeconds'],
    [one('"stateTimeoutSeconds":0'), 'stateTimeoutSeconds'],
    [one('"ttl":"5"'), 'ttl'],
    [one('"ttl":1.5'), 'ttl'],
    [one('"domain":"a..b"'), 'domain'],
    [one('"domain":"a."'), 'domain'],
    [one('"listener":"host"'), 'listener'],
    [one('"dnson":false,"httpon":false'), 'dnsOn or httpOn'],
    [one('"resolvers":["8.8.8.8","8.8.8.8:53"]'), 'twice'],
    [one('"resolvers":["ns.example"]'), 'no IP address'],
    [one('"zoneResolvers":{"mesos":["1.1.1.1"]}'), 'zoneResolvers.mesos'],
    [one('"zoneResolvers":{"a.mesos":["1.1.1.1"]}'), 'zoneResolvers.a.mesos'],
    [one('"zoneResolvers":{"b":["1.1.1.1"],"a.b":["1.1.1.1"]}'), 'zoneResolvers.a.b'],
    [one('"zoneResolvers":{"b":[]}'), 'zoneResolvers.b'],
    [one('"IPSources":["host","host"]'), 'ipSources'],
    [one('"IPSources":["Host"]'), 'ipSources'],
    [one('"certFile":"x"'), 'certFile and keyFile'],
    [one('"mesosAuthentication":"basic"'), 'principal'],
    [one('"mesosAuthentication":"other"'), 'mesosAuthentication'],
  ]
  test.each(cases)('%s', (text, why) => expect(() => read(text)).toThrow(why))
})
