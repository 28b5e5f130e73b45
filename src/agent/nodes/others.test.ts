import { describe, expect, test } from 'bun:test'
import type { Member } from '../gossip/gossip.ts'
import { known } from '../problem/known.ts'
import type { Node } from './node.ts'
import { otherMachines } from './others.ts'

const member = (name: string, more: Partial<Member> = {}): Member => ({
  name,
  address: `10.0.0.${name.charCodeAt(0) - 96}`,
  port: 7946,
  status: 'alive',
  incarnation: 1,
  tags: { node: `id-${name}`, role: 'worker', v: '1' },
  ...more,
})

const node = (name: string, more: Partial<Node> = {}): Node => ({
  ...{ name, address: '10.0.0.9', api: '', roles: ['worker'], version: '1', document: 3 },
  ...{ ready: true, services: [{ name: 'mesos-agent', state: 'ready' }], dns: 'ready', problems: [] },
  ...more,
})

const nodes = (...all: Node[]) => new Map(all.map((each) => [`id-${each.name}`, each]))
const names = (...args: Parameters<typeof otherMachines>) => otherMachines(...args).map(({ name }) => name)

describe('the other machines', () => {
  test('are those of gossip and those in ZooKeeper, without oneself and without who has left', () => {
    const members = [member('a'), member('b'), member('c', { status: 'left' })]
    expect(otherMachines(nodes(node('a'), node('b'), node('d')), members, 'a')).toMatchObject([
      { name: 'd', state: 'unseen', document: 3 },
      { name: 'b', state: 'alive', address: '10.0.0.2', said: { ready: true } },
    ])
  })

  test('those in trouble come first', () => {
    const members = ['b', 'c', 'd', 'e'].map((name) => member(name))
    const said = nodes(
      node('b'),
      node('c', { ready: false }),
      node('e', { problems: [known.serviceFailed('marathon', { reason: 'x' })] }),
    )
    expect(names(said, members, 'a')).toEqual(['d', 'c', 'e', 'b'])
    expect(names(said, [...members, member('f', { status: 'failed' })], 'a')[1]).toBe('f')
  })

  test('without ZooKeeper they are what gossip knows', () => {
    const [only] = otherMachines(new Map(), [member('b', { tags: { role: 'controller' } })], 'a')
    expect(only).toEqual({ name: 'b', address: '10.0.0.2', roles: ['controller', 'worker'], state: 'alive' })
  })
})
