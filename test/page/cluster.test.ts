import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import type { z } from '@hono/zod-openapi'
import type { Browser } from 'playwright-core'
import { systemClock, until } from '../../src/clock.ts'
import { clusterPaths } from '../../src/config/document/paths.ts'
import { openSession } from '../../src/config/zookeeper/session.ts'
import { silentLog } from '../../src/log.ts'
import { pretend } from '../api/pretend.ts'
import { binary, makePlace, type Place } from '../e2e/machine.ts'
import { faultsOf, openBrowser, openPage, overflowOf, type Watched } from './browser.ts'

setDefaultTimeout(120_000)

let place: Place
let browser: Browser
let base: string
let seen: Watched

const views = ['/', '/machines', '/machines/dev', '/machines/dev/logs/marathon', '/services', '/tasks']
const more = ['/tasks?name=web.marathon.mesos', '/document', '/document/1', '/rollout', '/gossip', '/login']

beforeAll(async () => {
  place = await makePlace()
  base = `http://127.0.0.1:${place.ports.api}`
  Bun.spawn([binary, 'dev', '--data-dir', place.dataDir, '--config', place.configFile], {
    ...{ stdin: 'ignore', stdout: 'ignore', stderr: 'ignore', cwd: place.dir },
  })
  browser = await openBrowser()
  await place.waitFor('the cluster', ({ ready }) => ready)
  await run('config', 'set', 'dns.ttl=30', '-m', 'calmer clients')
  seen = await openPage(browser, base)
})
afterAll(async () => {
  await browser?.close()
  await place.remove()
})

async function run(...argv: string[]): Promise<string> {
  const { code, out, err } = await place.meshbox(...argv, '--data-dir', place.dataDir)
  if (code !== 0) throw new Error(err)
  return out.trim()
}

/** Puts a text where the document stands, past meshbox. */
async function writePast(text: string): Promise<void> {
  const servers = [{ host: '127.0.0.1', port: place.ports.zookeeper }]
  const session = openSession({ servers }, systemClock, silentLog)
  await session.write(clusterPaths('/mesos').config, text)
  await session.close()
}

describe('the page', () => {
  test('shows a task with its names as soon as it runs, and looks names up', async () => {
    const { page } = seen
    await page.goto('/tasks')
    await fetch(`http://127.0.0.1:${place.ports.marathon}/v2/apps`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id: '/web', cmd: 'sleep 1000', cpus: 0.1, instances: 2 }),
    })
    await page.getByRole('link', { name: '_web._tcp.marathon.mesos.' }).first().waitFor()
    await page.getByRole('textbox', { name: 'Name' }).fill('web.marathon.mesos')
    await page.getByRole('button', { name: 'Look up' }).click()
    await page.getByRole('region', { name: 'Answer' }).getByText('127.0.0.1').first().waitFor()
    expect(await page.textContent('main')).toContain('NOERROR')
  })

  test.each([
    ['light', 1280],
    ['dark', 360],
  ] as const)(
    'has no serious fault for people who use it otherwise: %s, %d px',
    async (colorScheme, width) => {
      const { page, close } = await openPage(browser, base, { colorScheme, viewport: { width, height: 800 } })
      const faults: string[] = []
      for (const path of [...views, ...more]) {
        await page.goto(path)
        faults.push(...(await faultsOf(page)).map((fault) => `${path}: ${fault}`))
        if ((await overflowOf(page)) > 0) faults.push(`${path} is wider than the screen`)
      }
      expect(faults).toEqual([])
      await close()
    },
  )

  test('is whole without a script', async () => {
    const { page, close } = await openPage(browser, base, { javaScriptEnabled: false })
    await page.goto('/')
    expect(await page.textContent('h1')).toBe('meshbox')
    expect(await page.getByRole('table', { name: 'Machines' }).textContent()).toContain('ready')
    await page.getByRole('link', { name: 'Services' }).click()
    expect(await page.textContent('main')).toContain('mesos-master')
    await close()
  })

  test('is used with the keyboard alone', async () => {
    const { page } = seen
    await page.goto('/')
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content')
    await page.keyboard.press('Enter')
    expect(await page.evaluate('location.hash')).toBe('#main')
    await page.getByRole('link', { name: 'Document' }).focus()
    await page.keyboard.press('Enter')
    await page.waitForURL('**/document')
    expect(await page.getByRole('link', { name: 'Document' }).getAttribute('aria-current')).toBe('page')
  })

  test('tells of a problem and its command within ten seconds, and when it is over', async () => {
    const { page } = seen
    await page.goto('/')
    await page.getByText('Nothing is wrong.').waitFor()
    const before = await run('config', 'show')
    await writePast('dns: { ttl: soon }')
    const problem = page.getByRole('listitem').filter({ hasText: 'is not applied' })
    await problem.waitFor({ timeout: 10_000 })
    expect(await problem.textContent()).toContain('dns.ttl')
    expect(await problem.textContent()).toContain('meshbox config history')
    await writePast(before)
    await page.getByText('Nothing is wrong.').waitFor()
  })

  test('follows a log and what becomes of a service', async () => {
    const { page } = seen
    const other = await openPage(browser, base)
    await other.page.goto('/machines/dev/logs/meshbox')
    await page.goto('/services')
    await run('service', 'stop', 'marathon')
    await page.getByText('stopped by hand').waitFor({ timeout: 10_000 })
    await other.page.getByRole('region', { name: 'Log of meshbox' }).getByText('marathon').waitFor()
    await run('service', 'start', 'marathon')
    await page.getByText('stopped by hand').waitFor({ state: 'hidden' })
    await other.close()
  })

  test('shows what changed, and brings a version back for who has a token for it', async () => {
    const { page } = seen
    await run('config', 'set', 'dns.ttl=77')
    await page.goto('/document')
    await page.getByText('ttl: 77').waitFor()
    expect(await page.getByRole('button', { name: /back/ }).count()).toBe(0)
    await page.getByRole('link', { name: '1', exact: true }).click()
    expect(await page.getByRole('region', { name: 'What it changed', exact: true }).textContent()).toContain(
      '+  ttl: 30',
    )

    await page.goto('/login')
    await page.getByLabel('Token').fill(await run('token', 'create', '--api', 'change', '--expires', '1h'))
    await page.getByRole('button', { name: 'Use it' }).click()
    await page.goto('/document')
    await page.getByRole('button', { name: 'Bring version 1 back' }).click()
    await page.getByText('ttl: 30').waitFor()
    expect(await run('config', 'get', 'dns.ttl')).toContain('30')
    const [cookie] = await page.context().cookies()
    expect(cookie).toMatchObject({ name: 'meshbox-token', httpOnly: true, sameSite: 'Strict' })
    await page.goto('/login')
    await page.getByRole('button', { name: 'Forget it in this browser' }).click()
    expect(await page.context().cookies()).toEqual([])
  })

  test('leads to Mesos and Marathon, asked nobody else for anything, and nothing went wrong in it', async () => {
    const { page, strangers, errors } = seen
    await page.goto('/')
    const marathon = page.getByRole('link', { name: 'Marathon' })
    expect(await marathon.getAttribute('href')).toBe(`http://127.0.0.1:${place.ports.marathon}`)
    expect(await page.getByRole('link', { name: 'Mesos' }).getAttribute('href')).toBe(
      `http://127.0.0.1:${place.ports.master}`,
    )
    expect(strangers).toEqual([])
    expect(errors).toEqual([])
  })
})

describe('the API of a real agent', () => {
  test('answers as it is described', async () => {
    const routes = pretend().app.openAPIRegistry.definitions.flatMap((definition) =>
      definition.type === 'route' && definition.route.method === 'get' && !definition.route.path.includes('{')
        ? [definition.route]
        : [],
    )
    for (const { path, responses } of routes) {
      const content = (responses[200] as { content?: Record<string, { schema: z.ZodType }> }).content
      const schema = content?.['application/json']?.schema
      if (!schema || path.endsWith('/openapi.json')) continue
      const query = path.endsWith('/lookup') ? '?name=leader.mesos' : ''
      // An open cluster has no keys to list, and a trial ends instead of leaving.
      if (path.startsWith('/v1/keys') || path.startsWith('/v1/leave')) continue
      const answer = await fetch(`${base}${path.replace(/(?<=.)\/$/, '')}${query}`)
      expect(`${path} ${answer.status}`).toBe(`${path} 200`)
      const value = await answer.json()
      expect(schema.parse(value)).toEqual(value)
    }
  })

  test('tells what changes to whoever follows, and what was missed to who comes back', async () => {
    const follow = async (headers: Record<string, string>, until: (text: string) => boolean) => {
      const ending = new AbortController()
      const { body } = await fetch(`${base}/v1/events`, { headers, signal: ending.signal })
      let text = ''
      for await (const piece of body ?? []) {
        text += Buffer.from(piece).toString()
        if (until(text)) break
      }
      ending.abort()
      return text
    }
    const first = await follow({}, (text) => text.includes('event: dns'))
    for (const topic of ['status', 'services', 'members', 'rollout', 'document', 'dns'])
      expect(first).toContain(`event: ${topic}\n`)
    const [, id = ''] = [...first.matchAll(/^id: (.*)$/gm)].at(-1) ?? []
    await run('config', 'set', 'dns.ttl=41')
    const version = Number((JSON.parse(await run('config', 'show', '--json')) as { version: number }).version)
    const missed = await follow({ 'last-event-id': id }, (text) => text.includes(`"version":${version}`))
    expect(missed).toContain('event: document')
  })

  test('changes nothing for loopback without a token, and no other page reaches it', async () => {
    const post = (headers: Record<string, string>) =>
      fetch(`${base}/v1/services/stop`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: '{}',
      })
    expect((await post({})).status).toBe(401)
    const token = await run('token', 'create', '--api', 'read')
    expect((await post({ authorization: `Bearer ${token}` })).status).toBe(403)
    expect((await fetch(`${base}/v1/status`, { headers: { host: 'evil.example' } })).status).toBe(421)
    expect((await fetch(`${base}/v1/status`, { headers: { origin: 'http://evil.example' } })).status).toBe(
      403,
    )
    const listed = await run('token', 'list')
    const id = /^([0-9a-f]{8}) .*API, read/m.exec(listed)?.[1] ?? ''
    await run('token', 'revoke', id)
    const worthless = await until(systemClock, { everyMs: 100, timeoutMs: 10_000 }, async () =>
      (await post({ authorization: `Bearer ${token}` })).status === 401 ? true : undefined,
    )
    expect(worthless).toBe(true)
  })
})
