import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { z } from '@hono/zod-openapi'
import type { Browser } from 'playwright-core'
import { systemClock, until } from '../../src/clock.ts'
import { clusterPaths } from '../../src/config/document/paths.ts'
import { openSession } from '../../src/config/zookeeper/session.ts'
import { silentLog } from '../../src/log.ts'
import { pretend } from '../api/pretend.ts'
import { binary, makePlace, type Place } from '../e2e/machine.ts'
import { freePort } from '../zookeeper/server.ts'
import { faultsOf, openBrowser, openPage, overflowOf, type Watched } from './browser.ts'
import { startPrometheus } from './prometheus.ts'

setDefaultTimeout(120_000)

const root = join(import.meta.dir, '../..')

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
    expect(await problem.textContent()).toContain('meshbox config rollback 1')
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
    const changed = await page.getByRole('region', { name: 'What it changed', exact: true }).textContent()
    expect(changed).toMatch(/\+ *(dns: \{.*)?ttl: 30/)

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
      // An open cluster has no keys to list, a trial ends instead of leaving, and no disk was lost.
      if (['/v1/keys', '/v1/leave', '/v1/controllers/disks'].some((other) => path.startsWith(other))) continue
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

describe('what watches the cluster', () => {
  const documents = ['docs/monitoring/README.md', 'docs/api.md']

  test('a Prometheus scrapes it with a token of the docs, and its alerts are at rest', async () => {
    const commands = documents.flatMap((name) =>
      [...readFileSync(join(root, name), 'utf8').matchAll(/^ {4}meshbox (.+)$/gm)].map(
        ([, line = '']) => line,
      ),
    )
    expect(commands.length).toBeGreaterThan(1)
    let token = ''
    for (const command of commands) {
      const out = await run(...command.split(' '))
      if (command.startsWith('token create --api read')) token = out
    }
    const prometheus = await startPrometheus(`127.0.0.1:${place.ports.api}`, token)
    try {
      const scraped = await until(systemClock, { everyMs: 200, timeoutMs: 30_000 }, async () => {
        const [up] = await prometheus.query('up{job="meshbox"}')
        const states = await prometheus.query('sum(meshbox_service_state{state="ready"})')
        const rules = await prometheus.rules()
        const evaluated = rules.length > 0 && rules.every(({ health }) => health === 'ok')
        return up === 1 && states[0] === 4 && evaluated ? rules : undefined
      })
      expect(scraped?.map(({ state }) => state)).toEqual(scraped?.map(() => 'inactive'))
      expect(scraped?.length).toBeGreaterThan(10)
      // The resolver counts anew since its settings were changed.
      await place.dig('leader.mesos', 'A')
      const timed = await until(systemClock, { everyMs: 200, timeoutMs: 20_000 }, async () =>
        (await prometheus.query('meshbox_dns_reply_duration_seconds_count{source="zone"} > 0')).at(0),
      )
      expect(timed).toBeGreaterThan(0)
    } finally {
      await prometheus.stop()
    }
  })
})

describe('over TLS', () => {
  let port: number
  const file = (name: string) => join(place.dir, name)

  async function certify(name: string): Promise<void> {
    const made = Bun.spawn(
      [
        ...['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
        ...['-keyout', file('key.pem'), '-out', file('cert.pem'), '-days', '2', '-subj', `/CN=${name}`],
        ...['-addext', 'subjectAltName=IP:127.0.0.1'],
      ],
      { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' },
    )
    expect(await made.exited).toBe(0)
  }

  const served = () =>
    until(systemClock, { everyMs: 200, timeoutMs: 20_000 }, async () => {
      const tls = { ca: readFileSync(file('cert.pem'), 'utf8') }
      const url = `https://127.0.0.1:${port}/v1/status`
      const answer = await fetch(url, { tls, keepalive: false }).catch(() => undefined)
      return answer?.ok ? true : undefined
    })

  test('the same is served where there is a certificate', async () => {
    port = await freePort()
    await certify('one')
    const files = [`api.tls.certFile=${file('cert.pem')}`, `api.tls.keyFile=${file('key.pem')}`]
    await run('config', 'set', ...files, `api.tls.port=${port}`)
    expect(await served()).toBe(true)
    // Loopback is answered in the clear too; it goes nowhere.
    expect((await fetch(`${base}/v1/status`)).status).toBe(200)
  })

  test('the page keeps its token for TLS, and asks for nothing in the clear', async () => {
    const options = { ignoreHTTPSErrors: true, viewport: { width: 1280, height: 800 } }
    const secure = `https://127.0.0.1:${port}`
    const { page, strangers, errors, close } = await openPage(browser, secure, options)
    const answer = await page.goto('/login?next=/document')
    expect(answer?.headers()['content-security-policy']).toContain("default-src 'none'")
    const token = await run('token', 'create', '--api', 'change', '--expires', '1h')
    await page.getByLabel('Token').fill(token)
    await page.getByRole('button', { name: 'Use it' }).click()
    // What it may change it is only offered when the cookie was sent back.
    await page.waitForURL('**/document')
    await page
      .getByRole('button', { name: /Bring version \d+ back/ })
      .first()
      .waitFor()
    await page.getByText('Live.').waitFor()
    expect(await page.context().cookies()).toMatchObject([
      { name: 'meshbox-token', value: token, secure: true, httpOnly: true, sameSite: 'Strict' },
    ])
    for (const path of views) await page.goto(path)
    expect([strangers, errors]).toEqual([[], []])
    await close()
  })

  test('another certificate counts without a restart', async () => {
    await certify('two')
    expect(await served()).toBe(true)
  })
})
