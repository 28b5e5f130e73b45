import { describe, expect, test } from 'bun:test'
import { MeshboxError } from '../../error.ts'
import { effectiveConfig } from '../document/effective.ts'
import { parseDocumentText, readDocumentText } from '../document/parse.ts'

const refusal = (text: string, controllers = 3) => {
  try {
    parseDocumentText(text, 'x', { controllers })
  } catch (error) {
    if (error instanceof MeshboxError) return error.message.replace('cannot take x: ', '')
  }
  throw new Error('was taken')
}
const warnings = (text: string) =>
  parseDocumentText(text, 'x').warnings.map(({ path, message }) => `${path.join('.')}: ${message}`)

describe('a rule across options', () => {
  test('the defaults break none, and are nothing to warn of', () => {
    expect(warnings('')).toEqual([])
  })

  test('ports of a machine are distinct', () => {
    expect(refusal('marathon: { http_port: 5050 }')).toBe(
      'marathon.http_port: must not be 5050, which mesos.master.port has on the same machine; write another port for one of the two',
    )
    expect(refusal('zookeeper: { admin.enableServer: true, admin.serverPort: 8080 }')).toContain('8080')
    expect(warnings('dns: { httpOn: false, httpPort: 8080 }')).toEqual([])
  })

  test('a machine has the ports of its roles alone', () => {
    const document = parseDocumentText('nodes: { b: { dns: { httpPort: 5050 } } }', 'x')
    expect(() => effectiveConfig(document, { name: 'b', roles: ['worker'] })).not.toThrow()
    expect(() => effectiveConfig(document, { name: 'b', roles: ['worker', 'controller'] })).toThrow(
      'mesos.master.port: must not be 5050, which dns.httpPort has',
    )
    expect(refusal('roles: { controller: { dns: { httpPort: 5050 } } }')).toContain('must not be 5050')
  })

  test('ZooKeeper gets nothing that it would refuse or not do', () => {
    expect(refusal('zookeeper: { minSessionTimeout: 50000 }')).toBe(
      'zookeeper.minSessionTimeout: must not be over maxSessionTimeout, 40000; write that or less, or set maxSessionTimeout too',
    )
    expect(refusal('zookeeper: { maxSessionTimeout: 3000 }')).toContain('minSessionTimeout, 4000')
    expect(refusal('zookeeper: { secureClientPort: 2281 }')).toContain('NettyServerCnxnFactory')
    expect(refusal('zookeeper: { enforce.auth.enabled: true }')).toContain('enforce.auth.schemes')
    expect(refusal('zookeeper: { emulate353TTLNodes: true }')).toContain('extendedTypesEnabled')
    expect(refusal('zookeeper: { fastleader.maxNotificationInterval: 100 }')).toContain(
      '100; write that or less',
    )
  })

  test('a ttl below refreshSeconds is warned of where records are polled', () => {
    expect(warnings('dns: { ttl: 5 }')).toEqual([
      'dns.ttl: 5 is below dns.refreshSeconds: where the master tells no changes, records are looked at anew only every 60 seconds, and a shorter ttl brings nothing but queries; write 60, or set dns.refreshSeconds to 5',
    ])
    expect(warnings('dns: { ttl: 5, transferFrom: [10.0.0.1] }')).toEqual([])
    expect(warnings('nodes: { b: { dns: { ttl: 5 } } }')[0]).toStartWith('nodes.b.dns.ttl: 5 is')
  })

  test('nothing is set that the version of the document does not know', () => {
    const version = (program: string, text: string) =>
      `packages: { ${program}: { provider: apt, version: ${text} } }`
    const domain = 'mesos: { master: { require_agent_domain: true } }'
    expect(refusal(`${version('mesos-master', '1.4.1-2.0.1')}\n${domain}`)).toBe(
      'mesos.master.require_agent_domain: is not in mesos-master 1.4.1, which has it since 1.5.0; leave it out, or write another version to packages.mesos-master.version',
    )
    expect(warnings(`${version('mesos-master', '1.5.0-2.0.1')}\n${domain}`)).toEqual([])
    expect(warnings(version('mesos-master', '0.22.1-1.0'))).toEqual([])
    expect(
      warnings(`${version('mesos-master', '0.28.2-2.0')}\nmesos: { master: { agent_ping_timeout: 20secs } }`),
    ).toEqual([])
    expect(
      refusal(`${version('zookeeper', '3.4.13-6')}\nzookeeper: { snapshot.compression.method: gz }`),
    ).toContain('is not in zookeeper 3.4.13')
  })

  test('an agent is not newer than its masters, nor of another major version', () => {
    const versions = (master: string, agent: string) =>
      `packages: { mesos-master: { provider: apt, version: ${master} }, mesos-agent: { provider: apt, version: ${agent} } }`
    for (const agent of ['1.11.0-2.0.1', '1.9.1-1', '1.11.0'])
      expect(warnings(versions('1.11.0-2.0.1', agent))).toEqual([])
    expect(refusal(versions('1.10.0-1', '1.11.0-1'))).toBe(
      'packages.mesos-agent.version: must not be newer than mesos-master, 1.10.0; write that or an older one, or a newer one to packages.mesos-master.version',
    )
    expect(refusal(versions('1.0.0-1', '0.28.2-1'))).toContain(
      'the same major version as mesos-master, 1.0.0',
    )
    expect(
      refusal(
        `${versions('1.9.0-1', '1.9.0-1')}\nnodes: { b: { packages: { mesos-agent: { version: 1.10.0-1 } } } }`,
      ),
    ).toContain('must not be newer')
  })

  test('what is known does not stand among the further flags', () => {
    expect(refusal('mesos: { agent: { extraFlags: { port: 1 } } }')).toBe(
      'mesos.agent.extraFlags.port: is an option of its own; write mesos.agent.port instead',
    )
    expect(refusal('mesos: { master: { extraFlags: { slave_ping_timeout: 1 } } }')).toContain(
      'write mesos.master.agent_ping_timeout instead',
    )
    expect(refusal('mesos: { master: { extraFlags: { cluster: x } } }')).toContain('write name instead')
    expect(refusal('zookeeper: { extraParameters: { server.1: "a:1:2" } }')).toContain('owns the list')
    expect(warnings('marathon: { extraFlags: { brand_new: 1 } }')).toEqual([])
  })

  test('a quorum is a majority of the declared controllers', () => {
    const quorum = (size: number) => `mesos: { master: { quorum: ${size} } }`
    expect(refusal(quorum(1), 3)).toBe(
      'mesos.master.quorum: must not be 1, which is no majority of 3 controllers; write 2, or leave it out',
    )
    expect(refusal(quorum(2), 4)).toContain('write 3')
    expect(refusal(quorum(4), 3)).toContain('more than all 3 controllers')
    expect(parseDocumentText(quorum(2), 'x', { controllers: 3 }).common.mesos.master.quorum).toBe(2)
    expect(parseDocumentText(quorum(1), 'x').common.mesos.master.quorum).toBe(1)
    expect(() =>
      effectiveConfig(parseDocumentText(quorum(1), 'x'), { name: 'a', roles: [], controllers: 3 }),
    ).toThrow('no majority')
  })

  test('weights are for listed roles alone', () => {
    const roles = 'mesos: { master: { roles: [prod, dev], weights: "prod=2,test=1" } }'
    expect(refusal(roles)).toContain(
      'mesos.master.weights: must have no weight for test, which is not in roles (prod, dev)',
    )
    expect(warnings('mesos: { master: { roles: "prod, dev", weights: { prod: 2 } } }')).toEqual([])
    expect(warnings('mesos: { master: { weights: { prod: 2 } } }')).toEqual([])
  })

  test('agents have ten minutes at least to come back', () => {
    expect(refusal('mesos: { master: { agent_reregister_timeout: 5mins } }')).toContain(
      'must be at least 10mins, not "5mins"',
    )
  })

  test('whoever asks for credentials has some', () => {
    const master = (text: string) => `mesos: { master: { ${text} } }`
    expect(refusal(master('authenticate_agents: true'))).toBe(
      'mesos.master.authenticate_agents: would let nobody in; set mesos.master.credentials',
    )
    expect(warnings(master('authenticate_agents: true, credentials: "agent word"'))).toEqual([])
    expect(warnings(master('authenticate_frameworks: true, authenticators: org_example_X'))).toEqual([])
    expect(refusal(master('authenticate_http_readonly: true'))).toContain('mesos.master.credentials')
    expect(refusal('mesos: { agent: { authenticate_http_readwrite: true } }')).toContain(
      'mesos.agent.http_credentials',
    )
    expect(refusal('marathon: { mesos_authentication: true }')).toContain('mesos_authentication_principal')
  })

  test('masters that ask for credentials let meshbox in', () => {
    const asks = (realm: string, more = '') =>
      `mesos: { master: { credentials: "dns word", authenticate_http_${realm}: true${more} } }\n`
    const mend = 'set dns.mesosAuthentication, and dns.mesosCredentials to one of mesos.master.credentials'
    expect(refusal(asks('readonly'))).toBe(
      `mesos.master.authenticate_http_readonly: would shut out meshbox itself, and with it DNS; ${mend}`,
    )
    expect(warnings(asks('readwrite'))).toEqual([
      `mesos.master.authenticate_http_readwrite: shuts out meshbox itself, so that DNS hears of tasks at its polls alone, no machine is drained and no controllers are changed; ${mend}`,
    ])
    const shown = (secret: string) =>
      `dns: { mesosAuthentication: basic, mesosCredentials: { principal: dns, secret: ${secret} } }`
    const iam = 'dns: { mesosAuthentication: iam, iamConfigFile: /iam.json }'
    for (const realm of ['readonly', 'readwrite']) {
      expect(warnings(asks(realm) + shown('word'))).toEqual([])
      expect(warnings(asks(realm, ', http_authenticators: org_example_X'))).toEqual([])
      expect(warnings(asks(realm) + iam)).toEqual([])
    }
    expect(refusal(asks('readonly') + shown('other'))).toContain('would shut out meshbox itself')
    const byFile = asks('readonly').replace('"dns word"', '/etc/c')
    expect(warnings(byFile + shown('other'))).toEqual([])
    expect(refusal(byFile + shown('"wo:rd"'))).toContain('would shut out meshbox itself')
  })

  test('Marathon has a login with which somebody is let in', () => {
    const login = (text: string) => `marathon: { http_credentials: "${text}" }`
    expect(warnings(login('me:wörd'))).toEqual([])
    for (const text of ['me:wo:rd', 'me:w€rd', 'm€:word'])
      expect(refusal(login(text))).toStartWith('marathon.http_credentials: would let nobody in; write')
  })

  test('what nobody may write any more is read all the same, for every machine', () => {
    const text = `roles: { controller: { marathon: { http_credentials: "me:wo:rd" } } }
mesos: { master: { credentials: "dns word", authenticate_http_readonly: true } }`
    const document = readDocumentText(text, 'x')
    const told = document.warnings.map(({ path, refused }) => [path.join('.'), refused])
    expect(told).toEqual([
      ['mesos.master.authenticate_http_readonly', true],
      ['roles.controller.marathon.http_credentials', true],
    ])
    const { config } = effectiveConfig(document, { name: 'b', roles: ['worker', 'controller'] })
    expect(config.marathon.http_credentials).toBe('me:wo:rd')
    for (const { path } of document.warnings) expect(refusal(text)).toContain(path.join('.'))
  })

  test('what excludes or needs each other is told', () => {
    expect(refusal('mesos: { agent: { modules: /m.json, modules_dir: /m } }')).toContain(
      'mesos.agent.modules_dir',
    )
    expect(refusal('mesos: { agent: { perf_duration: 2mins } }')).toContain('less than perf_interval, 1mins')
    expect(refusal('marathon: { local_port_min: 30000 }')).toContain('local_port_max, 20000')
    expect(refusal('marathon: { ssl_keystore_path: /k }')).toContain('ssl_keystore_password')
    expect(refusal('marathon: { disable_http: true }')).toContain('ssl_keystore_path')
  })
})
