import { describe, expect, test } from 'bun:test'
import { MeshboxError } from '../../error.ts'
import { parseDocumentText } from './parse.ts'
import { clusterPaths } from './paths.ts'

function refusal(text: string): MeshboxError {
  try {
    parseDocumentText(text, 'x.yaml')
  } catch (error) {
    if (error instanceof MeshboxError) return error
    throw error
  }
  throw new Error('was taken')
}

describe('a document', () => {
  test('may be empty, YAML or JSON, and gets all defaults', () => {
    expect(parseDocumentText('', 'x').common.mesos.master.port).toBe(5050)
    expect(parseDocumentText('# nothing\n', 'x').common.zookeeper.tickTime).toBe(2000)
    expect(parseDocumentText('{"dns":{"port":8053}}', 'x').common.dns).toMatchObject({
      port: 8053,
      domain: 'mesos',
    })
    expect(parseDocumentText('mesos:\n  master:\n    port: 5055\n', 'x').common.mesos).toMatchObject({
      master: { port: 5055 },
      agent: { port: 5051 },
    })
  })

  test('that is not YAML is refused with line and column', () => {
    expect(refusal('zookeeper:\n  tickTime: [1\n')).toMatchObject({ code: 'document-syntax', exit: 2 })
    expect(refusal('a: b: c\n').message).toContain('x.yaml: line 1, column')
    expect(refusal('just text').message).toContain('mapping')
    expect(refusal('dns: {}\n--- {}\n').message).toContain('line 2, column 1: a second document begins here')
  })

  test('has each name once, and no values that JSON has not', () => {
    const wrong: [string, string][] = [
      ['name: x\nname: y\n', 'line 2, column 1: name stands twice'],
      ['nodes:\n  b: { dns: { ttl: 1, ttl: 2 } }\n', 'line 2, column 23: ttl stands twice'],
      ['{"dns": {"ttl": 1}, "dns": {}}', 'line 1, column 21: dns stands twice'],
      ['nodes: { __proto__: { dns: { ttl: 1 } } }', '__proto__ is no name'],
      ['nodes: { b: { dns: { __proto__: { ttl: 1 } } } }', '__proto__ is no name'],
      ['? [a]\n: b\n', 'a key must be a text'],
      ['dns: !!binary aa', 'line 1, column 6: Unresolved tag'],
      ['dns: !!set { ttl: 1 }', 'Unresolved tag'],
    ]
    for (const [text, words] of wrong)
      expect(refusal(text)).toMatchObject({
        code: 'document-syntax',
        message: expect.stringContaining(words),
      })
    for (const name of ['constructor', 'toString', 'hasOwnProperty'])
      for (const text of [`${name}: 1`, `dns: { ${name}: 1 }`, `nodes: { b: { ${name}: {} } }`])
        expect(refusal(text).message).toContain(`${name} is not known`)
  })

  test('may have sections that nobody has filled yet', () => {
    for (const text of [
      'dns:\n  # ttl: 3\n',
      'mesos: { agent: }',
      'nodes: { b: { dns: } }',
      'roles:',
      'nodes:',
      'selectors:',
    ])
      expect(parseDocumentText(text, 'x').common.dns.ttl).toBe(60)
    expect(refusal('dns: { ttl: }').message).toContain('dns.ttl: must be a whole number')
  })

  test('with an unknown key is refused with its path and the nearest name', () => {
    expect(refusal('zookeeper:\n  tickTyme: 1\n').message).toBe(
      'cannot take x.yaml: zookeeper.tickTyme is not known; did you mean tickTime?',
    )
    expect(refusal('qqqqqqqq: 1').message).toContain('known here: name, zookeeper')
    expect(refusal('roles: { master: {} }').message).toContain('known here: worker, controller')
  })

  test('with a wrong type or value is refused with its path', () => {
    expect(refusal('dns:\n  port: many\n').message).toContain(
      'dns.port: must be a whole number from 1 to 65535',
    )
    expect(refusal('dns:\n  port: 70000\n').message).toContain('dns.port:')
    expect(refusal('mesos: 3\n').message).toContain('mesos: must be a mapping')
  })

  test('tells the value too, unless it is secret or long', () => {
    expect(refusal('dns: { ttl: soon }\n').message).toContain('to 2147483647, not "soon"')
    expect(refusal('dns: { mesosCredentials: { secret: [word] } }\n').message).not.toContain('word')
    expect(refusal(`dns: { listener: ${'x'.repeat(80)} }\n`).message).not.toContain('xxx')
  })

  test('is told once for each value', () => {
    expect(refusal('mesos: { master: { agent_ping_timeout: 5min } }\n').message).toBe(
      'cannot take x.yaml: mesos.master.agent_ping_timeout: must be a number and one of ns, us, ms, secs, mins, hrs, days, weeks, such as 5mins, not "5min"',
    )
  })

  test('under the older name of an option is told the newer', () => {
    expect(refusal('mesos: { master: { slave_ping_timeout: 15secs } }\n').message).toContain(
      'mesos.master.slave_ping_timeout is not known; it is called agent_ping_timeout now',
    )
  })

  test('does not set what meshbox sets itself', () => {
    expect(refusal('zookeeper: { dataDir: /x }\n').message).toContain(
      'zookeeper.dataDir: cannot be set: meshbox keeps the data',
    )
  })

  test('with several faults is refused with all of them', () => {
    const { message } = refusal('dns:\n  port: many\nmesos:\n  master:\n    prot: 1\n')
    expect(message).toContain('  - dns.port')
    expect(message).toContain('  - mesos.master.prot is not known; did you mean port?')
  })

  test('cannot blow up by aliases', () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...'bcdefghi'.split('').map((c, i) => `${c}: &${c} [${`*${'abcdefghi'[i]},`.repeat(9)}]`),
    ]
    expect(refusal(bomb.join('\n')).code).toBe('document-syntax')
  })
})

test('a cluster keeps its znodes beside the path of its URL', () => {
  expect(clusterPaths('/mesos').config).toBe('/meshbox/mesos/config')
  expect(clusterPaths('/prod/mesos').config).toBe('/prod/meshbox/mesos/config')
})
