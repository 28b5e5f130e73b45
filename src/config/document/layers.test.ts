import { describe, expect, test } from 'bun:test'
import { MeshboxError } from '../../error.ts'
import { effectiveConfig, entriesOf } from './effective.ts'
import { layersFor, merge, type NodeFacts, splitLayers } from './layers.ts'
import { parseDocumentText } from './parse.ts'
import { type Match, matches, matchSchema } from './selector.ts'

const node = (more: Partial<NodeFacts> = {}): NodeFacts => ({
  name: 'b',
  roles: ['worker'],
  address: '10.1.0.2',
  cpus: 8,
  memMb: 16384,
  os: 'debian-12',
  ...more,
})
const document = `
dns: { ttl: 1, resolvers: [192.0.2.1, 192.0.2.2] }
roles:
  worker: { dns: { ttl: 2 } }
  controller: { dns: { ttl: 3, refreshSeconds: 7 } }
selectors:
  - match: { address: 10.1.0.0/16 }
    dns: { ttl: 4, port: 5301 }
  - match: { attributes: { rack: r1 }, cpus: '>=8' }
    dns: { port: 5302, resolvers: [192.0.2.9] }
nodes:
  b: { dns: { ttl: 6 }, mesos: { agent: { attributes: 'rack:r1;zone:z' } } }
`
const dnsOf = (facts: NodeFacts, text = document) =>
  effectiveConfig(parseDocumentText(text, 'x'), facts).config.dns

describe('the layers', () => {
  test('lie over each other: defaults, top level, roles, selectors in their order, the machine itself', () => {
    const none = { name: 'z', roles: [] }
    expect(dnsOf({ name: 'z', roles: [] }, 'name: x')).toMatchObject({ ttl: 60, port: 53 })
    expect(dnsOf(none)).toMatchObject({ ttl: 1, port: 53, refreshSeconds: 60 })
    expect(dnsOf({ ...none, roles: ['worker'] })).toMatchObject({ ttl: 2 })
    expect(dnsOf({ ...none, roles: ['worker', 'controller'] })).toMatchObject({ ttl: 3, refreshSeconds: 7 })
    expect(dnsOf(node({ name: 'z' }))).toMatchObject({ ttl: 4, port: 5301 })
    expect(dnsOf(node())).toMatchObject({ ttl: 6, port: 5302, resolvers: ['192.0.2.9'] })
  })

  test('tell of every value where it was written', () => {
    const entries = entriesOf(effectiveConfig(parseDocumentText(document, 'x'), node()))
    const origin = (path: string) => entries.find((entry) => entry.path === path)?.origin
    expect(origin('dns.ttl')).toEqual({ kind: 'node', name: 'b' })
    expect(origin('dns.port')).toEqual({ kind: 'selector', index: 1 })
    expect(origin('dns.domain')).toEqual({ kind: 'default' })
    expect(origin('mesos.agent.attributes')).toEqual({ kind: 'node', name: 'b' })
  })

  test('are merged without changing what came in', () => {
    const layers = splitLayers({ a: { b: 1, c: [1] }, nodes: { b: { a: { c: [2], d: { e: 1 } } } } })
    const before = JSON.stringify(layers)
    expect(merge(layersFor(layers, node()))).toEqual({ a: { b: 1, c: [2], d: { e: 1 } } })
    expect(JSON.stringify(layers)).toBe(before)
  })
})

describe('a selector', () => {
  const cases: [object, boolean][] = [
    [{}, true],
    [{ role: 'worker' }, true],
    [{ role: ['controller'] }, false],
    [{ name: 'b' }, true],
    [{ name: ['a', 'b*'] }, true],
    [{ name: 'a.b' }, false],
    [{ address: '10.1.0.2' }, true],
    [{ address: ['10.2.0.0/16', '10.1.0.0/24'] }, true],
    [{ address: 'fd00::/8' }, false],
    [{ cpus: 8 }, true],
    [{ cpus: '>=4 <8' }, false],
    [{ cpus: ['<4', '> 6'] }, true],
    [{ memory: '>=16GB' }, true],
    [{ memory: '>16 GB' }, false],
    [{ memory: '16384' }, true],
    [{ os: 'debian' }, true],
    [{ os: 'debian-12' }, true],
    [{ os: 'deb' }, false],
    [{ attributes: { rack: ['r1', 'r2'] } }, true],
    [{ attributes: { rack: 'r1', gpu: 1 } }, false],
    [{ role: 'worker', os: 'alpine*' }, false],
  ]
  test.each(cases)('%j: %p', (match, wanted) => {
    const parsed: Match = matchSchema.parse(match)
    expect(matches(parsed, node(), new Map([['rack', 'r1']]))).toBe(wanted)
  })

  test('takes what is not known for no match', () => {
    const stranger: NodeFacts = { name: 'c', roles: ['worker'] }
    for (const match of [{ cpus: '>=0' }, { memory: '>=0' }, { os: '*' }, { address: '0.0.0.0/0' }])
      expect(matches(matchSchema.parse(match), stranger, new Map())).toBe(false)
  })
})

describe('a fault', () => {
  const refusal = (text: string) => {
    try {
      parseDocumentText(text, 'x')
    } catch (error) {
      if (error instanceof MeshboxError) return error.message
    }
    throw new Error('was taken')
  }

  test('is told at its place in the document, once', () => {
    expect(refusal('nodes: { b: { dns: { prot: 1 } } }')).toBe(
      'cannot take x: nodes.b.dns.prot is not known; did you mean port?',
    )
    expect(refusal('roles: { worker: { dns: { port: 0 } } }')).toContain('roles.worker.dns.port:')
    expect(refusal('selectors: [{ match: {}, dns: { port: 0 } }]')).toContain('selectors.0.dns.port:')
    expect(refusal('dns: { port: 0 }\nnodes: { b: { name: c } }').match(/dns\.port/g)).toHaveLength(1)
  })

  test('of the layers themselves is told too', () => {
    expect(refusal('role: {}')).toContain('did you mean roles?')
    expect(refusal('roles: { boss: {} }')).toContain('roles.boss')
    expect(refusal('nodes: { b: 3 }')).toContain('nodes.b: must be a mapping')
    expect(refusal('selectors: [{ dns: {} }]')).toContain('selectors.0.match: must be a mapping')
    expect(refusal('selectors: [{ match: { cpu: 3 } }]')).toContain('did you mean cpus?')
    expect(refusal('selectors: [{ match: { cpus: many } }]')).toContain('selectors.0.match.cpus')
  })

  test('of a rule that two layers break together names both', () => {
    const text =
      'dns: { zoneResolvers: { x.example: [192.0.2.1] } }\nnodes: { b: { dns: { domain: example } } }'
    expect(refusal(text)).toContain(
      'dns.zoneResolvers.x.example: is example, or a part of it (as nodes.b has it)',
    )
  })

  test('what may not differ between machines has no place in a layer', () => {
    expect(refusal('nodes: { b: { gossip: { port: 1 } } }')).toContain(
      'nodes.b.gossip.port: must be the same on all machines: write it as gossip.port',
    )
    expect(refusal('selectors: [{ match: {}, zookeeper: { tickTime: 3000 } }]')).toContain(
      'selectors.0.zookeeper.tickTime: must be the same on all machines: write it as zookeeper.tickTime or roles.controller.zookeeper.tickTime',
    )
    const role = (name: string) => `roles: { ${name}: { zookeeper: { tickTime: 3000 } } }`
    expect(refusal(role('worker'))).toContain('roles.worker.zookeeper.tickTime')
    expect(parseDocumentText(role('controller'), 'x').layers.roles.controller).toBeDefined()
  })

  test('of layers that meet only on one machine is told there', () => {
    const text =
      'roles: { worker: { dns: { domain: example } } }\nnodes: { b: { dns: { zoneResolvers: { x.example: [192.0.2.1] } } } }'
    const parsed = parseDocumentText(text, 'x')
    expect(() => effectiveConfig(parsed, node())).toThrow('nodes.b.dns.zoneResolvers.x.example')
    expect(() => effectiveConfig(parsed, node({ name: 'c' }))).not.toThrow()
  })
})
