import { describe, expect, test } from 'bun:test'
import { parse } from 'yaml'
import { MeshboxError } from '../../error.ts'
import { changesBetween, collision } from './changes.ts'
import { applyEdits } from './edit.ts'
import { merged } from './merge.ts'
import { readOption, readValue } from './option.ts'
import { checkSize } from './size.ts'

describe('an edit', () => {
  const text = `# The cluster of the third floor

name: third   # as on the door
dns:
  # Short, while we move
  ttl: 30
  resolvers: [192.0.2.1, 192.0.2.2]   # both of them

mesos: # nothing yet
`

  test('keeps comments, order and what it has nothing to do with', () => {
    const edited = applyEdits(text, [
      { path: ['dns', 'ttl'], value: 60 },
      { path: ['mesos', 'agent', 'port'], value: 5052 },
      { path: ['nodes', 'b', 'dns', 'port'], value: 5353 },
    ])
    expect(edited).toBe(`# The cluster of the third floor

name: third # as on the door
dns:
  # Short, while we move
  ttl: 60
  resolvers: [ 192.0.2.1, 192.0.2.2 ] # both of them

mesos:
  # nothing yet
  agent:
    port: 5052
nodes:
  b:
    dns:
      port: 5353
`)
  })

  test('takes away a value, and what is empty then', () => {
    expect(applyEdits('a: { b: { c: 1 } }\nd: 2\n', [{ path: ['a', 'b', 'c'] }])).toBe('d: 2\n')
    expect(applyEdits('a: { b: 1, c: 2 }\n', [{ path: ['a', 'b'] }])).toBe('a: { c: 2 }\n')
    expect(applyEdits('a: 1\n', [{ path: ['b', 'c'] }])).toBe('a: 1\n')
  })

  test('fills an empty document, and one with nothing but a comment', () => {
    expect(applyEdits('', [{ path: ['a'], value: [1, 'x'] }])).toBe('a:\n  - 1\n  - x\n')
    expect(applyEdits('# nothing yet\n', [{ path: ['a', 'b'], value: 1 }])).toContain('# nothing yet\n')
  })

  test('leaves JSON JSON', () => {
    const edited = applyEdits('{"a": {"b": 1}}', [{ path: ['a', 'c'], value: 2 }, { path: ['a', 'b'] }])
    expect(JSON.parse(edited)).toEqual({ a: { c: 2 } })
  })

  test('does not put a mapping where a value stands', () => {
    for (const wrong of ['a: 1\n', '{"a": 1}', 'a: [1]\n'])
      expect(() => applyEdits(wrong, [{ path: ['a', 'b'], value: 1 }])).toThrow(MeshboxError)
  })
})

describe('two changes', () => {
  const base = { text: 'a: 1\nb: { c: 1, d: 2 }\nl: [1]\n', version: 3 }
  const now = (text: string) => ({ text, version: 5 })

  test('of different values are merged', () => {
    const both = merged(
      base,
      'a: 2\nb: { c: 1, d: 2 }\nl: [1]\n',
      now('a: 1\nb: { c: 1 } # less\ne: 9\nl: [1]\n'),
    )
    expect(both).toBe('a: 2\nb: { c: 1 } # less\ne: 9\nl: [ 1 ]\n')
  })

  test('of the same value are a conflict that names it; the same change is none', () => {
    expect(() => merged(base, 'a: 2\nb: { c: 1, d: 2 }\nl: [1]\n', now('a: 3\n'))).toThrow(
      'version 3 was replaced by version 5 meanwhile and changed a too',
    )
    expect(() => merged(base, 'a: 1\nb: 4\nl: [1]\n', now('a: 1\nb: { c: 2, d: 2 }\nl: [1]\n'))).toThrow(
      'b.c',
    )
    expect(
      merged(base, 'a: 2\nb: { c: 7, d: 2 }\nl: [1]\n', now('a: 2\nb: { c: 1, d: 2 }\nl: [1]\n')),
    ).toContain('c: 7')
  })

  test('where one leaves no document are a conflict', () => {
    expect(() => merged(base, 'a: 2\n', now('a: ['))).toThrow(MeshboxError)
  })

  /** Whatever two people do to a document, either both changes are in or there is a conflict. */
  test('never lose one of them', () => {
    const seed = Number(process.env.MESHBOX_SEED ?? Math.floor(Math.random() * 2 ** 31))
    let state = seed
    const draw = (n: number) => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
      return state % n
    }
    const some = () => {
      const document: Record<string, unknown> = {}
      for (const key of ['a', 'b', 'c']) {
        const kind = draw(4)
        if (kind < 2) document[key] = draw(3)
        if (kind === 2) document[key] = { x: draw(3), ...(draw(2) ? { y: [draw(2)] } : {}) }
      }
      return document
    }
    for (let round = 0; round < 500; round++) {
      const [b, mine, theirs] = [some(), some(), some()]
      const [ours, others] = [changesBetween(b, mine), changesBetween(b, theirs)]
      if (ours.length === 0 || collision(ours, others)) continue
      const version = (text: unknown) => ({ text: JSON.stringify(text), version: 1 })
      const result = parse(merged(version(b), JSON.stringify(mine), version(theirs)))
      const left = changesBetween(result, mine).filter(({ path }) =>
        ours.some((our) => our.path.join('.') === path.join('.')),
      )
      expect({ seed, left }).toEqual({ seed, left: [] })
      const lost = changesBetween(result, theirs).filter(({ path }) =>
        others.some((their) => their.path.join('.') === path.join('.')),
      )
      expect({ seed, lost }).toEqual({ seed, lost: [] })
    }
  })
})

test('an older name of an option is understood as it is typed', () => {
  expect(readOption('mesos.master.slave_reregister_timeout')).toEqual([
    'mesos',
    'master',
    'agent_reregister_timeout',
  ])
})

describe('an option as it is typed', () => {
  test.each([
    ['dns.ttl', ['dns', 'ttl']],
    ['zookeeper.autopurge.purgeInterval', ['zookeeper', 'autopurge.purgeInterval']],
    ['mesos.agent.extraFlags.a.b', ['mesos', 'agent', 'extraFlags', 'a.b']],
    ['nodes.web-1.example.com.dns.ttl', ['nodes', 'web-1.example.com', 'dns', 'ttl']],
    ['roles.worker.mesos.agent.port', ['roles', 'worker', 'mesos', 'agent', 'port']],
    ['mesos.agent', ['mesos', 'agent']],
    ['name', ['name']],
  ])('%s', (text, path) => expect(readOption(text)).toEqual(path))

  test.each([
    ['dns.tll', 'did you mean dns.ttl?'],
    ['dns.ttl.x', 'dns.ttl has nothing below it'],
    ['nodes.b.dnss.ttl', 'did you mean dns?'],
    ['qqqq', 'known here: name'],
  ])('%s is not known', (text, words) => expect(() => readOption(text)).toThrow(words))

  test.each([
    [['dns', 'ttl'], '30', 30],
    [['name'], '007', '007'],
    [['dns', 'host'], 'off', 'off'],
    [['dns', 'httpOn'], 'false', false],
    [['dns', 'resolvers'], '192.0.2.1,192.0.2.2:53', ['192.0.2.1', '192.0.2.2:53']],
    [['dns', 'resolvers'], '[192.0.2.1]', ['192.0.2.1']],
    [['dns', 'resolvers'], '192.0.2.1', ['192.0.2.1']],
    [['mesos', 'agent', 'resources'], 'cpus:4;mem:4096', 'cpus:4;mem:4096'],
    [['nodes', 'b', 'dns', 'soaMname'], '5', '5'],
    [['dns', 'ttl'], 'many', 'many'],
    [['dns', 'caCertFile'], '', ''],
  ])('%j takes %s', (path, text, value) => expect<unknown>(readValue(path, text)).toEqual(value))
})

test('a document over the limit of ZooKeeper is refused with its size', () => {
  const text = `name: x\n${'#'.repeat(600_000)}\n`
  const step = { kind: 'create' as const, path: '/h', data: text }
  expect(() => checkSize(text, [step])).toThrow('it has 600009 bytes')
  expect(() => checkSize(text, [])).not.toThrow()
})
