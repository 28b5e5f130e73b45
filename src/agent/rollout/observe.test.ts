import { expect, test } from 'bun:test'
import { createServer } from 'node:net'
import { systemClock } from '../../clock.ts'
import type { Node } from '../nodes/node.ts'
import { askServer, observe } from './observe.ts'

/** Nothing is ever waited for long enough. */
const patient = { ...systemClock, sleep: () => new Promise<void>(() => {}) }

test('a server that refuses a connection does not serve, and nobody waits to be told', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((listening) => server.once('listening', listening))
  const { port } = server.address() as { port: number }
  await new Promise((closed) => server.close(closed))
  const host = '127.0.0.1'
  expect(await askServer({ host, clientPort: port }, patient)).toEqual({
    host,
    serves: false,
    mode: undefined,
  })
})

test('masters and Marathons are asked as masters are spoken to, each for itself; who does not answer is left open', async () => {
  let told = '10.0.0.9:8080'
  const metrics: Record<string, number> = { 'master/elected': 0, 'registrar/log/recovered': 0 }
  const server = Bun.serve({
    ...{ hostname: '127.0.0.1', port: 0 },
    fetch({ url, headers }) {
      const { pathname } = new URL(url)
      if (pathname === '/v2/leader')
        return headers.get('authorization') === 'Basic bWU6d29yZA=='
          ? Response.json({ leader: told })
          : new Response('', { status: 401 })
      const known = headers.get('authorization') === 'Basic x'
      return known ? Response.json(metrics) : new Response('', { status: 401 })
    },
  })
  const service = (name: string) => ({ name, state: 'ready' as const, address: `127.0.0.1:${server.port}` })
  const node = (name: string, services: Node['services']): Node => ({
    ...{ name, address: '127.0.0.1', api: '', roles: ['controller'], version: '1' },
    ...{ document: 1, ready: true, dns: 'ready', problems: [], services },
  })
  const nodes = new Map([
    ['id-a', node('a', [service('mesos-master'), service('marathon')])],
    ['id-b', node('b', [])],
    ['id-c', node('c', [{ ...service('mesos-master'), address: '127.0.0.1:1' }])],
  ])
  const authorization = async () => 'Basic x'
  const masters = { master: () => ({ scheme: 'http' as const, authorization }) }
  try {
    const seen = await observe(nodes, undefined, masters, 'me:word', systemClock)
    expect(seen.masters.get('id-a')).toMatchObject({ leads: false, votes: false })
    expect([seen.masters.get('id-b'), seen.masters.get('id-c')]).toEqual([undefined, undefined])
    expect([...seen.marathons.values()]).toEqual([{ leader: '10.0.0.9' }, undefined, undefined])
    // Told of IPv6 it is without brackets; and one that listens on loopback is there for its own machine alone.
    told = 'fd00::9:8080'
    const marathon = [{ ...service('marathon'), address: '127.0.0.1:1' }]
    nodes.set('id-b', { ...node('b', marathon), address: '10.0.0.2' })
    const again = await observe(nodes, undefined, masters, 'me:word', systemClock)
    expect([...again.marathons.values()]).toEqual([{ leader: 'fd00::9' }, { leader: undefined }, undefined])
  } finally {
    await server.stop(true)
  }
})

test.each([
  ['an error', () => new Response('starting', { status: 503 }), false],
  ['something else', () => new Response('<html>'), false],
  [
    'somebody else',
    () => new Response(null, { status: 302, headers: { location: 'http://127.0.0.1:1/' } }),
    false,
  ],
  ['that nobody leads', () => Response.json({ message: 'There is no leader' }, { status: 404 }), true],
  ['that it wants other credentials', () => new Response('', { status: 401 }), true],
] as const)('a Marathon that answers %s serves or not', async (_, fetch, serves) => {
  const server = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch })
  const marathon = { name: 'marathon', state: 'ready' as const, address: `127.0.0.1:${server.port}` }
  const node: Node = {
    ...{ name: 'a', address: '127.0.0.1', api: '', roles: ['controller'], version: '1' },
    ...{ document: 1, ready: true, dns: 'ready', problems: [], services: [marathon] },
  }
  const masters = { master: () => ({ scheme: 'http' as const, authorization: async () => undefined }) }
  try {
    const seen = await observe(new Map([['id-a', node]]), undefined, masters, undefined, systemClock)
    expect(seen.marathons.get('id-a')).toEqual(serves ? { leader: undefined } : undefined)
  } finally {
    await server.stop(true)
  }
})
