import { expect, test } from 'bun:test'
import type { Node } from '../nodes/node.ts'
import { begin } from './moves.ts'
import { type Answers, documentFor, lacksIn, type MasterAnswer, machinesIn } from './view.ts'

const server = (id: number) => ({
  ...{ id, host: `10.0.0.${id}`, clientPort: 2181, quorumPort: 2888, electionPort: 3888 },
})
const servers = [server(1), server(2)]

const node = (at: number, states: Record<string, string>, more: Partial<Node> = {}): Node => ({
  ...{ name: `m${at}`, address: `10.0.0.${at}`, api: '', roles: ['worker', 'controller'], version: '1' },
  ...{ document: 7, ready: true, dns: 'ready', problems: [], ...more },
  services: Object.entries(states).map(([name, state]) => ({ name, state, address: `10.0.0.${at}:1` })),
})

const whole = { zookeeper: 'ready', 'mesos-master': 'ready', marathon: 'ready' }
const nodes = (...all: Node[]) => new Map(all.map((each) => [`id-${each.name}`, each]))
const answers: Answers = {
  ensemble: servers.map(({ host, id }) => ({ host, serves: true, mode: id === 2 ? 'leader' : 'follower' })),
  masters: new Map([
    ['id-m1', { leads: true, votes: true }],
    ['id-m2', { leads: false, votes: true }],
  ]),
  marathons: new Map(['id-m1', 'id-m2'].map((id) => [id, { leader: '10.0.0.2' }])),
}

test('by the document before it decides who refuses what somebody else has taken: nobody; who refuses what all do: everybody', () => {
  const own = { version: 7, digest: 'A' }
  const begun = (version: number) => begin(undefined, { kind: 'document', version, digest: 'B' })
  expect(documentFor(own, 7, [{ version: 7 }, { version: 8 }], begun(8))).toBe(own)
  expect(documentFor(own, undefined, [{ version: 7 }], undefined)).toBe(own)
  expect(documentFor(own, 8, [{ version: 7 }, { version: undefined }], begun(7))).toBe(own)
  for (const taken of [8, 9]) expect(documentFor(own, 9, [{ version: taken }], begun(7))).toBeUndefined()
  // The others are about to tell.
  expect(documentFor(own, 8, [{ version: 7 }], begun(8))).toBeUndefined()
  // It was removed, and came back.
  expect(documentFor(own, 0, [{ version: 7 }, { version: 0 }], begun(7))).toBeUndefined()
})

test('who leads is what was asked, the rest is what the machines say', () => {
  const seen = machinesIn(
    nodes(node(1, whole, { waits: ['zookeeper', 'new-thing'] }), node(2, whole)),
    answers,
  )
  expect(seen).toMatchObject([
    { id: 'id-m1', controller: true, version: 7, waits: ['zookeeper'], leads: ['mesos-master'], ready: true },
    {
      id: 'id-m2',
      waits: [],
      serves: ['zookeeper', 'mesos-master', 'marathon'],
      leads: ['zookeeper', 'marathon'],
    },
  ])
  expect(machinesIn(nodes(node(1, { ...whole, marathon: 'starting' })))[0]).toMatchObject({
    leads: [],
    serves: ['zookeeper', 'mesos-master'],
    ready: false,
  })
})

test('nothing is missing where all serve and one leads', () => {
  expect(
    lacksIn(nodes(node(1, whole), node(2, { ...whole, marathon: 'stopped' })), servers, answers),
  ).toEqual([])
})

test('missed are a controller that is not in touch, a server that takes no client, a program that is not ready, a leader', () => {
  const lacks = (all: Map<string, Node>, told = answers) =>
    lacksIn(all, servers, told).map(({ part, id, why }) => [part, id, why])
  expect(lacks(nodes(node(1, whole)))).toEqual(
    ['zookeeper', 'mesos-master', 'marathon'].map((part) => [
      part,
      '10.0.0.2',
      '10.0.0.2 to be in touch with ZooKeeper',
    ]),
  )
  const both = nodes(node(1, whole), node(2, { ...whole, 'mesos-master': 'degraded' }))
  const [first, second] = answers.ensemble
  if (!first || !second) throw new Error('there are two')
  const silent = { ...answers, ensemble: [first, { ...second, serves: false }] }
  const headless = new Map([['id-m1', { leads: false, votes: true }]])
  expect(lacks(both, { ...silent, masters: headless })).toEqual([
    ['zookeeper', 'id-m2', 'ZooKeeper to serve at 10.0.0.2'],
    ['mesos-master', 'id-m2', 'mesos-master of m2, which is degraded'],
    ['mesos-master', undefined, 'a master to lead, with its registry'],
  ])
})

test('missed is what its own machine takes for ready, and does not answer, or whose replica does not vote', () => {
  const both = nodes(node(1, whole), node(2, { ...whole, marathon: 'stopped' }))
  const whys = (more: Partial<Answers>) =>
    lacksIn(both, servers, { ...answers, ...more }).map(({ why }) => why)
  const leader: [string, MasterAnswer] = ['id-m1', { leads: true, votes: true }]
  expect(whys({ masters: new Map([leader]) })).toEqual(['mesos-master of m2, which does not answer'])
  expect(whys({ masters: new Map([leader, ['id-m2', { leads: false, votes: false }]]) })).toEqual([
    'mesos-master of m2, which is learning what the log of the others holds',
  ])
  // One without a log has nothing to vote about.
  expect(whys({ masters: new Map([leader, ['id-m2', { leads: false, votes: undefined }]]) })).toEqual([])
  expect(whys({ marathons: new Map() })).toEqual(['marathon of m1, which does not answer'])
})
