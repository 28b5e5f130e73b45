import { describe, expect, test } from 'bun:test'
import { MeshboxError } from '../../error.ts'
import { effectiveConfig } from '../document/effective.ts'
import { parseDocumentText } from '../document/parse.ts'

const refusal = (text: string) => {
  try {
    parseDocumentText(text, 'x')
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
})
