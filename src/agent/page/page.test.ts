import { describe, expect, test } from 'bun:test'
import { goodToken, pretend } from '../../../test/api/pretend.ts'

const views = [
  '/',
  '/machines',
  '/machines/a',
  '/machines/b',
  '/machines/a/logs/meshbox',
  '/services',
  '/tasks',
]
const more = ['/tasks?name=web.marathon.mesos', '/document', '/document/3', '/rollout', '/gossip', '/login']
const { ask } = pretend()
const form = (fields: Record<string, string>, headers: Record<string, string> = {}) => ({
  method: 'POST',
  body: new URLSearchParams(fields),
  headers: { origin: 'http://meshbox', ...headers },
})
const cookie = (token: string) => ({ cookie: `meshbox-token=${token}` })

describe('a view', () => {
  test.each([...views, ...more])(
    '%s is whole without a script, and asks nobody else for anything',
    async (path) => {
      const answer = await ask('loopback', path)
      expect(answer.status).toBe(200)
      const policy = answer.headers.get('content-security-policy') ?? ''
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(answer.headers.get('referrer-policy')).toBe('same-origin')
      const text = await answer.text()
      expect(text).toStartWith('<!doctype html>')
      expect(text).toContain('<h1>')
      expect(text).not.toMatch(/ on\w+=|<script>|<style| style=/)
      for (const [, url] of text.matchAll(/ (?:src|href|action)="([^"]*)"/g))
        expect(url).toMatch(/^\/(?!\/)|^#main$|^http:\/\/10\.0\.0\.1:(5050|8080)$/)
    },
  )

  test('shows what is told as text, whatever it is', async () => {
    const evil = '<img src=x onerror=alert(1)>'
    const { ask } = pretend({ logs: { tail: async () => [evil], follow: () => new Blob().stream() } })
    const text = await (await ask('loopback', '/machines/a/logs/meshbox')).text()
    expect(text).not.toContain('<img')
    expect(await (await ask('loopback', `/tasks?match=${encodeURIComponent('"><b>')}`)).text()).not.toContain(
      '"><b>',
    )
  })

  test('has a page for what there is not', async () => {
    expect((await ask('loopback', '/machines/nobody')).status).toBe(404)
    expect((await ask('loopback', '/document/4')).status).toBe(404)
  })
})

describe('who comes from another machine', () => {
  test('shows a token, and stays in with a cookie that no script and no other page has', async () => {
    const sent = await ask('remote', '/machines')
    expect([sent.status, sent.headers.get('location')]).toEqual([303, '/login?next=%2Fmachines'])
    expect((await ask('remote', '/page.css')).status).toBe(200)
    const wrong = await ask('remote', '/login', form({ token: 'x' }))
    expect([wrong.status, wrong.headers.get('set-cookie')]).toEqual([401, null])
    const entry = await ask('remote', '/login', form({ token: goodToken.read, next: '/machines' }))
    expect([entry.status, entry.headers.get('location')]).toEqual([303, '/machines'])
    const set = entry.headers.get('set-cookie') ?? ''
    for (const part of [`meshbox-token=${goodToken.read}`, 'HttpOnly', 'SameSite=Strict', 'Path=/'])
      expect(set).toContain(part)
    expect((await ask('remote', '/machines', { headers: cookie(goodToken.read) })).status).toBe(200)
  })

  test('is led nowhere else by it', async () => {
    for (const next of ['//evil.example', 'https://evil.example', '/\\evil.example', 'javascript:alert(1)']) {
      const entry = await ask('remote', '/login', form({ token: goodToken.read, next }))
      expect(entry.headers.get('location')).toBe('/')
    }
    const foreign = { origin: 'http://evil.example' }
    expect((await ask('remote', '/login', form({ token: goodToken.read }, foreign))).status).toBe(403)
  })
})

describe('a change by the page', () => {
  const back = (headers: Record<string, string>) => form({ version: '3' }, headers)

  test('needs a token that may change, and comes from the page itself', async () => {
    expect((await ask('loopback', '/document/rollback', back({}))).status).toBe(403)
    expect((await ask('loopback', '/document/rollback', back(cookie(goodToken.read)))).status).toBe(403)
    const foreign = back({ ...cookie(goodToken.change), origin: 'http://evil.example' })
    expect((await ask('loopback', '/document/rollback', foreign)).status).toBe(403)
    const done = await ask('loopback', '/document/rollback', back(cookie(goodToken.change)))
    expect([done.status, done.headers.get('location')]).toEqual([303, '/document'])
    const steered = await ask('remote', '/rollout', form({ word: 'resume' }, cookie(goodToken.change)))
    expect(steered.headers.get('location')).toBe('/rollout')
  })

  test('is offered to those alone who may', async () => {
    const shown = async (headers: Record<string, string>, path: string) =>
      (await ask('loopback', path, { headers })).text()
    expect(await shown({}, '/document')).not.toContain('/document/rollback')
    expect(await shown(cookie(goodToken.change), '/document')).toContain('/document/rollback')
    expect(await shown(cookie(goodToken.change), '/rollout')).toContain('value="resume"')
  })
})

test('a thousand machines are shown a hundred at a time, those in trouble first', async () => {
  const others = Array.from({ length: 1000 }, (_, i) => ({
    ...{ name: `m${i}`, address: `10.0.${i >> 8}.${i & 255}`, roles: ['worker'], state: 'alive' as const },
    said: { ready: true, services: [], dns: 'ready', problems: [] },
  }))
  const { ask } = pretend({ others: async () => others })
  const read = async (path: string) => (await ask('loopback', path)).text()
  const first = await read('/machines')
  expect(first.length).toBeLessThan(150_000)
  expect(first).toContain('1 to 100 of 1001')
  expect(await read('/machines?from=100')).toContain('>m99<')
  expect(await read('/machines?match=m999')).toContain('>m999<')
  expect(await read('/')).toContain('All 1001')
})
