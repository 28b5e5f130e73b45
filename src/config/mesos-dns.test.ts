import { afterAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readMesosDnsConfig } from './mesos-dns.ts'

const dir = mkdtempSync(join(tmpdir(), 'meshbox-mesos-dns-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

function read(text: string) {
  const path = join(dir, 'config.json')
  writeFileSync(path, text)
  return readMesosDnsConfig(path)
}

describe('a Mesos-DNS configuration', () => {
  test('has the defaults of the original', () => {
    const { dns, zk, masters } = read('{"zk":"zk://a:2181/mesos"}')
    expect({ zk, masters }).toEqual({ zk: 'zk://a:2181/mesos', masters: [] })
    expect(dns).toMatchObject({
      domain: 'mesos',
      port: 53,
      soaMname: 'ns1.mesos',
      resolvers: ['8.8.8.8'],
      timeout: 5,
    })
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
