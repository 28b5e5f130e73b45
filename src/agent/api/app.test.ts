import { describe, expect, test } from 'bun:test'
import { parseDocumentText } from '../../config/document/parse.ts'
import type { SharedDocument, SharedState } from '../../config/document/shared.ts'
import { MeshboxError, misuse } from '../../error.ts'
import { silentLog } from '../../log.ts'
import type { Status } from '../status.ts'
import { apiApp, type Caller } from './app.ts'

const parsed = parseDocumentText('', 'x')
const status: Status = {
  cluster: {
    name: 'x',
    simulated: false,
    zookeeper: { url: 'zk://a:2181/mesos', managed: true, session: 'connected' },
  },
  machines: [],
  problems: [],
  ready: true,
}

const past = {
  version: 3,
  id: 'i',
  who: 'me@a',
  when: '2026-01-01T00:00:00.000Z',
  how: 'edit',
  text: 'name: w',
}

function api(state: SharedState, replace: SharedDocument['replace'] = async () => ({ version: 8 })) {
  const document = {
    read: async () => state,
    replace,
    seed: async () => 'existed' as const,
    edit: async () => ({ version: 9 }),
    rollback: async () => ({ version: 9 }),
    history: async () => [past],
    past: async (version: number) => (version === past.version ? past : undefined),
    follow: () => () => {},
  }
  const app = apiApp({
    name: 'a',
    status: () => status,
    effective: () => ({ config: parsed.common, layers: [] }),
    document: () => document,
    mask: (text) => text,
    planner: () => undefined,
    joinTokens: () => undefined,
    rolling: () => undefined,
    maintenance: () => ({ status: () => undefined, on() {}, off() {}, stop: async () => {} }),
    resolver: () => undefined,
    birth: () => undefined,
    packages: () => [],
    others: async () => [],
    peers: (_, next) => next(),
    nodes: { own: 'a', members: () => [], ask: async () => ({}), keyed: () => false, log: silentLog },
    logs: { tail: async () => [], follow: () => () => {} },
    services: { status: () => [], start: async () => {}, stop: async () => {}, restart: async () => {} },
    neighbours: { members: () => [], onEvent: () => () => {}, forget: () => {}, keys: () => undefined },
    leave: {
      plan: () => ({ last: false, machine: 'm', cluster: 'x', controller: false }),
      async *run() {
        yield { step: 'goodbye', text: 'said' }
        throw new MeshboxError({ code: 'c', message: 'm', hint: 'h' })
      },
    },
  })
  return (caller: Caller, path: string, init?: RequestInit) =>
    app.fetch(new Request(`http://meshbox${path}`, init), { caller })
}

const there: SharedState = { kind: 'valid', text: 'name: x', version: 7, document: parsed }
const put = (body: unknown) => ({ method: 'PUT', body: JSON.stringify(body) })

describe('who may do what', () => {
  const ask = api(there)

  test('anybody sees /health', async () => {
    for (const caller of ['socket', 'loopback', 'remote'] as const) {
      expect(await (await ask(caller, '/health')).json()).toMatchObject({ live: true, ready: true })
    }
  })

  test('reading is for the socket and loopback', async () => {
    for (const path of ['/v1/status', '/v1/config', '/v1/config/effective', '/v1/dns/records']) {
      expect((await ask('socket', path)).status).toBe(200)
      expect((await ask('loopback', path)).status).toBe(200)
      expect((await ask('remote', path)).status).toBe(403)
    }
  })

  test('changing is for the socket alone', async () => {
    const change = put({ text: 'name: y', version: 7 })
    expect((await ask('remote', '/v1/config', change)).status).toBe(403)
    expect((await ask('loopback', '/v1/config', change)).status).toBe(403)
    expect(await (await ask('socket', '/v1/config', change)).json()).toEqual({ version: 8 })
  })
})

describe('the document', () => {
  test('is shown with its version, and with its fault when it has one', async () => {
    expect(await (await api(there)('socket', '/v1/config')).json()).toEqual({ text: 'name: x', version: 7 })
    const broken = api({ kind: 'invalid', text: '[', version: 9, error: 'no YAML' })
    expect(await (await broken('socket', '/v1/config')).json()).toEqual({
      text: '[',
      version: 9,
      problem: 'no YAML',
    })
    expect((await api({ kind: 'absent' })('socket', '/v1/config')).status).toBe(404)
  })

  const refusals: [string, Error, number][] = [
    ['a conflict', new MeshboxError({ code: 'document-conflict', message: 'm' }), 409],
    ['a fault in it', misuse('document-invalid', 'm', 'h'), 422],
    ['no ZooKeeper', new MeshboxError({ code: 'zk-connection-loss', message: 'm' }), 503],
    ['anything else', new Error('m'), 500],
  ]
  test.each(refusals)('is refused as problem details: %s', async (_, error, code) => {
    const answer = await api(there, async () => {
      throw error
    })('socket', '/v1/config', put({ text: '', version: 7 }))
    expect(answer.status).toBe(code)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(await answer.json()).toMatchObject({ status: code, title: 'm' })
  })

  test('takes no other body', async () => {
    for (const body of [
      put({ text: '' }),
      put(3),
      { method: 'PUT', body: '{' },
      put({ text: '', version: 1, more: 1 }),
    ]) {
      expect((await api(there)('socket', '/v1/config', body)).status).toBe(400)
    }
  })
})

test('its versions are listed, shown and brought back', async () => {
  const ask = api(there)
  expect(await (await ask('loopback', '/v1/config/history')).json()).toEqual([
    { version: 3, who: 'me@a', when: past.when, how: 'edit' },
  ])
  expect(await (await ask('loopback', '/v1/config/history/3')).json()).toMatchObject({ text: 'name: w' })
  expect((await ask('loopback', '/v1/config/history/4')).status).toBe(404)
  const back = (version: number) => ({ method: 'POST', body: JSON.stringify({ version }) })
  expect((await ask('loopback', '/v1/config/rollback', back(3))).status).toBe(403)
  expect(await (await ask('socket', '/v1/config/rollback', back(3))).json()).toEqual({ version: 9 })
  expect((await ask('socket', '/v1/config/rollback', back(4))).status).toBe(404)
})

test('leaving is told step by step, and why it went no further', async () => {
  const ask = api(there)
  const body = { method: 'POST', body: JSON.stringify({ drain: true, timeoutSeconds: 1 }) }
  expect((await ask('remote', '/v1/leave', body)).status).toBe(403)
  expect((await ask('socket', '/v1/leave', { method: 'POST', body: '{}' })).status).toBe(400)
  const lines = (await (await ask('socket', '/v1/leave', body)).text()).trim().split('\n')
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { step: 'goodbye', text: 'said' },
    { error: { code: 'c', title: 'm', hint: 'h' } },
  ])
})

test('maintenance is changed from the socket alone', async () => {
  const ask = api(there)
  const order = { method: 'POST', body: JSON.stringify({ on: true }) }
  expect((await ask('loopback', '/v1/maintenance', order)).status).toBe(403)
  expect(await (await ask('socket', '/v1/maintenance', order)).json()).toEqual({})
  expect((await ask('socket', '/v1/maintenance', { method: 'POST', body: '{"on":1}' })).status).toBe(400)
})

test('an unknown path is a problem too', async () => {
  const answer = await api(there)('socket', '/v1/nothing')
  expect(answer.status).toBe(404)
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
})
