import { describe, expect, test } from 'bun:test'
import { parseAttributes } from '../attributes.ts'
import { parseResources, type Resource, summary } from '../resources.ts'
import type { Offer } from '../wire/model.ts'
import { type App, defineApp, isInvalid, newTaskId, taskName } from './app.ts'
import { matchOffers } from './match.ts'
import { buildTask } from './task.ts'

const app = (more: Record<string, unknown> = {}): App => {
  const defined = defineApp({ id: '/shop/web', cmd: 'x', cpus: 1, mem: 100, ...more }, undefined, 'v1')
  if (isInvalid(defined)) throw new Error(JSON.stringify(defined))
  return defined
}
const offer = (name: string, resources = 'cpus:4;mem:1000;ports:[31000-31001]', attributes = ''): Offer => ({
  id: `O-${name}`,
  agentId: name,
  hostname: name,
  ip: '10.0.0.1',
  resources: parseResources(resources, '*') as Resource[],
  attributes: parseAttributes(attributes) as [],
})
const places = (offers: Offer[], wanted: { app: App; count: number }[]) =>
  matchOffers(offers, wanted, [], () => 0).map((match) => match.offer.agentId)

describe('placement', () => {
  test('spreads over the agents, as long as they have room', () => {
    expect(places([offer('a'), offer('b')], [{ app: app(), count: 4 }])).toEqual(['a', 'b', 'a', 'b'])
    expect(
      places([offer('a'), offer('b', 'cpus:1;mem:100;ports:[1-1]')], [{ app: app(), count: 9 }]),
    ).toEqual(['a', 'b', 'a'])
    expect(places([offer('a', 'cpus:1;mem:99;ports:[1-2]')], [{ app: app(), count: 1 }])).toEqual([])
  })

  test('gives ports that are free, and the asked ones only where they must be had', () => {
    const [match] = matchOffers([offer('a')], [{ app: app({ ports: [0, 0] }), count: 1 }], [], () => 0.99)
    expect(match?.ports).toEqual([31001, 31000])
    expect(summary(match?.resources ?? [])).toEqual({
      disk: 0,
      mem: 100,
      gpus: 0,
      cpus: 1,
      ports: '[31000-31001]',
    })
    const fixed = app({ ports: [31001], requirePorts: true })
    expect(
      places([offer('a'), offer('b', 'cpus:4;mem:1000;ports:[1-9]')], [{ app: fixed, count: 2 }]),
    ).toEqual(['a'])
  })

  test('minds constraints', () => {
    const offers = [offer('a', undefined, 'rack:r1'), offer('b', undefined, 'rack:r2')]
    const at = (...constraint: string[]) =>
      places(offers, [{ app: app({ constraints: [constraint], ports: [] }), count: 3 }])
    expect(at('hostname', 'UNIQUE')).toEqual(['a', 'b'])
    expect(at('hostname', 'CLUSTER', 'b')).toEqual(['b', 'b', 'b'])
    expect(at('rack', 'LIKE', 'r[12]')).toEqual(['a', 'b', 'a'])
    expect(at('rack', 'UNLIKE', 'r1')).toEqual(['b', 'b', 'b'])
    expect(at('rack', 'MAX_PER', '1')).toEqual(['a', 'b'])
    expect(at('rack', 'GROUP_BY')).toEqual(['a', 'b', 'a'])
  })
})

test('a task carries name, discovery and the quoted words of args', () => {
  const of = app({
    cmd: undefined,
    args: ['echo', "it's"],
    portDefinitions: [{ port: 0, name: 'dns', protocol: 'udp,tcp' }],
  })
  const [match] = matchOffers([offer('a')], [{ app: of, count: 1 }], [], () => 0)
  if (!match) throw new Error('no match')
  const task = buildTask('shop_web.1', match, '*')
  expect([task.name, task.command]).toEqual(['web.shop', "echo 'it'\\''s'"])
  expect(task.discovery?.ports?.ports.map(({ number, name, protocol }) => [number, name, protocol])).toEqual([
    [31000, 'dns', 'udp'],
    [31000, 'dns', 'tcp'],
  ])
  expect([taskName('/a/b/c'), newTaskId('/a/b', 'u')]).toEqual(['c.b.a', 'a_b.u'])
})
