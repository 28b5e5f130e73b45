import { describe, expect, test } from 'bun:test'
import type { z } from '@hono/zod-openapi'
import { goodToken, pretend, sending } from '../../../test/api/pretend.ts'

/** What is asked of each route that takes something; the others are asked for as they are. */
const samples: Record<string, { path?: string; body?: unknown }> = {
  'put /v1/config': { body: { text: '', version: 7 } },
  'post /v1/config/edits': { body: { edits: [{ path: ['name'], value: 'y' }] } },
  'post /v1/config/rollback': { body: { version: 3 } },
  'get /v1/config/history/{version}': { path: '/v1/config/history/3' },
  'post /v1/plan': { body: { text: '' } },
  'post /v1/services/start': { body: {} },
  'post /v1/services/stop': { body: { names: ['marathon'] } },
  'post /v1/services/restart': { body: {} },
  'post /v1/maintenance': { body: { on: true } },
  'post /v1/upgrade': { body: { version: '2.0.0', source: '/srv', timeoutSeconds: 5 } },
  'post /v1/backup/part': { body: { id: 'x', at: 0 } },
  'post /v1/leave': { body: { drain: false, timeoutSeconds: 0 } },
  'get /v1/logs/{name}': { path: '/v1/logs/meshbox?lines=5' },
  'get /v1/dns/lookup': { path: '/v1/dns/lookup?name=web.marathon.mesos' },
  'get /v1/nodes/{name}/{path}': { path: '/v1/nodes/b/services' },
  'post /v1/nodes/{name}/{path}': { path: '/v1/nodes/b/services/start', body: {} },
  'put /v1/nodes/{name}/{path}': { path: '/v1/nodes/b/config', body: {} },
  'post /v1/keys/install': { body: { key: 'AAAA' } },
  'post /v1/keys/use': { body: { key: 'AAAA' } },
  'post /v1/keys/remove': { body: { key: 'AAAA' } },
  'post /v1/members/forget': { body: { name: 'b' } },
  'post /v1/tokens': { body: { scope: 'read', seconds: 5, who: 'me', why: 'w' } },
  'post /v1/tokens/revoke': { body: { id: '0a1b2c3d' } },
  'post /v1/join-tokens': { body: { role: 'worker', seconds: 5 } },
  'post /v1/join-tokens/revoke': { body: { id: '0a1b2c3d4e5f6071' } },
  'post /v1/rollout/pause': { body: {} },
  'post /v1/rollout/resume': { body: { without: 'b' } },
  'post /v1/rollout/abort': { body: {} },
  'post /v1/controllers': { body: { verb: 'add', nodes: ['b', 'c'] } },
  'post /v1/controllers/plan': { body: { verb: 'replace', node: 'b', by: 'c', gone: true } },
  'post /v1/controllers/recover': { body: { gone: false } },
  'post /v1/disk': { body: { cluster: 'x' } },
  'post /v1/birth': { body: { kind: 'look' } },
  'post /v1/peer': { body: { method: 'GET', path: '/v1/status' } },
}

const { app, ask } = pretend()

type Described = {
  method: string
  path: string
  responses: Record<string, { content?: Record<string, { schema: z.ZodType }> }>
}

const described = app.openAPIRegistry.definitions.flatMap((definition): Described[] =>
  definition.type === 'route' ? [definition.route as Described] : [],
)
const nameOf = ({ method, path }: Pick<Described, 'method' | 'path'>) =>
  `${method} ${path.replace(/(?<=.)\/$/, '')}`

describe('the description', () => {
  test('is OpenAPI 3.1, and names every route that there is, once', async () => {
    const document = (await (await ask('socket', '/v1/openapi.json')).json()) as {
      openapi: string
      paths: Record<string, object>
    }
    expect(document.openapi).toBe('3.1.0')
    const served = app.routes
      .filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) =>
        nameOf({ method: method.toLowerCase(), path: path.replace(/:(\w+)/g, '{$1}') }),
      )
      .filter((name) => / \/(v1|health|metrics)/.test(name))
    const forNodes = ['get', 'post', 'put'].map((method) => `${method} /v1/nodes/{name}/{path}`)
    const names = described.map(nameOf)
    expect([...new Set([...served, ...forNodes])].sort()).toEqual(names.toSorted())
    const told = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => nameOf({ method, path })),
    )
    expect(told.sort()).toEqual(names.toSorted())
  })

  test('says of every route what it does', () => {
    for (const route of described) expect(route).toHaveProperty('summary')
  })
})

describe('what is answered is what is described:', () => {
  test.each(described.map((route) => [nameOf(route), route] as const))('%s', async (name, route) => {
    const { path = route.path, body } = samples[name] ?? {}
    const method = route.method.toUpperCase()
    const init = body === undefined ? { method } : sending(method, body)
    const answer = await ask('socket', path, init)
    expect(answer.status).toBe(200)
    const type = answer.headers.get('content-type')?.split(';')[0] ?? ''
    const schema = route.responses[200]?.content?.[type]?.schema
    if (!schema) throw new Error(`${name} answers ${type}, which is not described`)
    if (name.endsWith('/events')) {
      const { value } = (await answer.body?.getReader().read()) ?? {}
      expect(value?.length).toBeGreaterThan(0)
      return
    }
    const text = await answer.text()
    const values = type.endsWith('x-ndjson')
      ? text
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line))
      : []
    // A member that is not described would be lost here.
    for (const value of values.length > 0 ? values : [type.endsWith('json') ? JSON.parse(text) : text])
      expect(schema.parse(value)).toEqual(value)
  })

  test('errors are problem details, wherever they come from', async () => {
    const answers = [
      await ask('socket', '/v1/nothing'),
      await ask('socket', '/v1/services/start', sending('POST', { names: 5 })),
      await ask('socket', '/v1/services/start', {
        method: 'POST',
        body: '{',
        headers: { 'content-type': 'application/json' },
      }),
      await ask('socket', '/v1/services/start', { method: 'POST', body: '{}' }),
      await ask('socket', '/v1/nodes/c/status'),
      await ask('remote', '/v1/status'),
      await ask('loopback', '/v1/status', { headers: { origin: 'http://evil.example' } }),
      await ask('remote', '/v1/leave', sending('POST', {}, { authorization: `Bearer ${goodToken.read}` })),
    ]
    for (const answer of answers) {
      expect(answer.headers.get('content-type')).toBe('application/problem+json')
      const problem = await answer.json()
      expect(problem).toMatchObject({ status: answer.status })
      for (const member of ['type', 'title', 'detail', 'code']) expect(problem).toHaveProperty(member)
    }
    expect(answers.map(({ status }) => status)).toEqual([404, 400, 400, 415, 404, 401, 403, 403])
  })
})
