import { describe, expect, test } from 'bun:test'
import { goodToken, pretend, sending } from '../../../test/api/pretend.ts'
import type { SharedDocument, SharedState } from '../../config/document/shared.ts'
import { MeshboxError, misuse } from '../../error.ts'

const withDocument = (state: SharedState, replace?: SharedDocument['replace']) => {
  const whole = pretend()
  const document = {
    read: async () => state,
    replace: replace ?? (async () => ({ version: 8 })),
    seed: async () => 'existed' as const,
    edit: async () => ({ version: 9 }),
    rollback: async () => ({ version: 9 }),
    history: async () => [],
    past: async () => undefined,
    follow: () => () => {},
  }
  return { ...whole, ...pretend({ document: () => document }) }
}
const put = (body: unknown) => sending('PUT', body)
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

describe('who may do what', () => {
  const { ask } = pretend()

  test('anybody sees /health', async () => {
    for (const caller of ['socket', 'loopback', 'remote'] as const)
      for (const path of ['/health', '/health/ready'])
        expect(await (await ask(caller, path)).json()).toEqual({ live: true, ready: true, time: 1000 })
    expect(await (await ask('remote', '/health/live')).json()).toEqual({ live: true, time: 1000 })
    const { ask: asked } = pretend({ status: () => ({ ...pretendStatus(), ready: false }) })
    expect((await asked('remote', '/health/ready')).status).toBe(503)
    expect((await asked('remote', '/health/live')).status).toBe(200)
  })

  test('reading is for the socket, loopback and tokens', async () => {
    for (const path of ['/v1/status', '/v1/config', '/v1/config/effective', '/v1/dns/records']) {
      expect((await ask('socket', path)).status).toBe(200)
      expect((await ask('loopback', path)).status).toBe(200)
      const refused = await ask('remote', path)
      expect(refused.status).toBe(401)
      expect(refused.headers.get('www-authenticate')).toContain('Bearer')
      expect((await ask('remote', path, { headers: bearer(goodToken.read) })).status).toBe(200)
      expect(
        (await ask('remote', path, { headers: { cookie: `meshbox-token=${goodToken.read}` } })).status,
      ).toBe(200)
      expect((await ask('remote', path, { headers: bearer('another') })).status).toBe(401)
    }
  })

  test('changing is for the socket and tokens that may', async () => {
    const change = { text: 'name: y', version: 7 }
    expect((await ask('remote', '/v1/config', put(change))).status).toBe(401)
    expect((await ask('loopback', '/v1/config', put(change))).status).toBe(401)
    expect((await ask('remote', '/v1/config', sending('PUT', change, bearer(goodToken.read)))).status).toBe(
      403,
    )
    expect(await (await ask('socket', '/v1/config', put(change))).json()).toEqual({ version: 8 })
    const allowed = await ask('remote', '/v1/config', sending('PUT', change, bearer(goodToken.change)))
    expect(await allowed.json()).toEqual({ version: 8 })
  })

  test('what machines say to each other needs no token, for letters are sealed', async () => {
    expect((await ask('remote', '/v1/birth', sending('POST', { kind: 'look' }))).status).toBe(200)
    const called = { method: 'GET', path: '/v1/status' }
    expect(await (await ask('remote', '/v1/peer', sending('POST', called))).json()).toMatchObject({
      status: 200,
    })
  })

  test('a machine asks another one for an answer that ends, or for a log', async () => {
    for (const path of ['/v1/events', '/v1/members/events', '/v1/nodes/c/status', '/v1/peer'])
      expect((await ask('socket', '/v1/peer', sending('POST', { method: 'GET', path }))).status).toBe(400)
  })
})

test('an error is told also where the status cannot be put together, with the folder of this agent', async () => {
  const { ask } = pretend({
    dataDir: '/my d',
    status: () => {
      throw new MeshboxError({ code: 'zk-closed', message: 'cannot look', hint: 'meshbox doctor' })
    },
  })
  const told = await ask('socket', '/v1/status')
  expect(told.status).toBe(503)
  expect(await told.json()).toMatchObject({ code: 'zk-closed', hint: "meshbox doctor --data-dir '/my d'" })
})

const pretendStatus = () => ({
  cluster: {
    name: 'x',
    simulated: false,
    zookeeper: { url: '', managed: true, session: 'connected' as const },
  },
  ...{ machines: [], problems: [], ready: true },
})

describe('the document', () => {
  test('is shown with its version, and with its fault when it has one', async () => {
    const { ask } = withDocument({ kind: 'invalid', text: '[', version: 9, error: 'no YAML' })
    expect(await (await ask('socket', '/v1/config')).json()).toEqual({
      ...{ text: '[', version: 9, problem: 'no YAML' },
    })
    expect((await withDocument({ kind: 'absent' }).ask('socket', '/v1/config')).status).toBe(404)
  })

  const refusals: [string, Error, number][] = [
    ['a conflict', new MeshboxError({ code: 'document-conflict', message: 'm' }), 409],
    ['a fault in it', misuse('document-invalid', 'm', 'h'), 422],
    ['no ZooKeeper', new MeshboxError({ code: 'zk-connection-loss', message: 'm' }), 503],
    ['anything else', new Error('m'), 500],
  ]
  test.each(refusals)('is refused as problem details: %s', async (_, error, code) => {
    const { ask } = withDocument({ kind: 'absent' }, async () => {
      throw error
    })
    const answer = await ask('socket', '/v1/config', put({ text: '', version: 7 }))
    expect(answer.status).toBe(code)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(await answer.json()).toMatchObject({ status: code, detail: 'm' })
  })

  test('takes no other body', async () => {
    const { ask } = pretend()
    const wrong = [
      put({ text: '' }),
      put(3),
      { ...put(0), body: '{' },
      put({ text: '', version: 1, more: 1 }),
    ]
    for (const body of wrong) expect((await ask('socket', '/v1/config', body)).status).toBe(400)
    const plain = { method: 'PUT', body: '{}', headers: { 'content-type': 'text/plain' } }
    expect((await ask('socket', '/v1/config', plain)).status).toBe(415)
  })

  test('its versions are listed, shown and brought back', async () => {
    const { ask } = pretend()
    expect(await (await ask('loopback', '/v1/config/history')).json()).toEqual([
      { version: 3, who: 'me@a', when: '2026-01-01T00:00:00.000Z', how: 'edit', why: 'w' },
    ])
    expect(await (await ask('loopback', '/v1/config/history/3')).json()).toMatchObject({ text: 'name: w' })
    expect((await ask('loopback', '/v1/config/history/4')).status).toBe(404)
    const back = (version: number) => sending('POST', { version })
    expect(await (await ask('socket', '/v1/config/rollback', back(3))).json()).toEqual({ version: 9 })
    expect((await ask('socket', '/v1/config/rollback', back(4))).status).toBe(404)
  })
})

test('leaving is told step by step, and why it went no further', async () => {
  const { ask } = pretend()
  expect((await ask('socket', '/v1/leave', sending('POST', {}))).status).toBe(400)
  const answer = await ask('socket', '/v1/leave', sending('POST', { drain: true, timeoutSeconds: 1 }))
  const lines = (await answer.text()).trim().split('\n')
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { step: 'goodbye', text: 'said' },
    { error: { code: 'c', title: 'm', hint: 'h' } },
  ])
})

test('a machine is forgotten, but for one that the others count on', async () => {
  const { ask } = pretend()
  const forget = (name: string) => ask('socket', '/v1/members/forget', sending('POST', { name }))
  expect(await (await forget('b')).json()).toEqual({ forgotten: 'b' })
  const refused = await forget('a')
  expect(refused.status).toBe(409)
  expect(await refused.json()).toMatchObject({
    detail: 'cannot forget a: it is a controller, and the others count on it',
    hint: expect.stringContaining('`meshbox controllers replace a NODE --gone`'),
  })
})

test('an unknown path is a problem too', async () => {
  const answer = await pretend().ask('socket', '/v1/nothing')
  expect(answer.status).toBe(404)
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
})
