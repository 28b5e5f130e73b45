import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import type { Browser } from 'playwright-core'
import type { Member } from '../../src/agent/gossip/gossip.ts'
import type { OtherMachine } from '../../src/agent/nodes/others.ts'
import { known } from '../../src/agent/problem/known.ts'
import { pretend } from '../api/pretend.ts'
import { faultsOf, openBrowser, openPage, overflowOf } from './browser.ts'

setDefaultTimeout(60_000)

/** The page of a machine that knows of a thousand others, with long names; nothing of them runs. */
const long = '.compute.eu-central-1.internal.example'
const nameOf = (i: number) => `${i < 3 ? 'controller' : 'worker'}-${i}${long}`
const addressOf = (i: number) => `10.7.${i >> 8}.${i & 255}`
const halted = known.rolloutHalted('version 41', `worker-7${long} failed: its agent did not get ready`, 40)
const fails = known.serviceFailed('mesos-agent', { reason: 'it ended with 137 three times within 40 s' })

const others = Array.from({ length: 1000 }, (_, i): OtherMachine => {
  const state = i % 100 === 9 ? 'failed' : 'alive'
  const services = ['mesos-agent', 'docker'].map((name) => ({
    name,
    state: 'ready',
    address: `${addressOf(i)}:5051`,
  }))
  const problems = i % 10 === 5 ? [halted, fails] : [halted]
  return {
    ...{ name: nameOf(i), address: addressOf(i), roles: [i < 3 ? 'controller' : 'worker'], state },
    ...{ version: '1.0.0', document: 41 },
    ...(state === 'alive' ? { said: { ready: true, services, dns: 'ready', problems } } : {}),
  }
})
const members = others.map(
  ({ name, address, roles }, i): Member => ({
    ...{ name, address, port: 7946, status: 'alive', incarnation: i },
    tags: { node: `${i}`, v: '1.0.0', role: roles[0] ?? '', doc: '41:9ad2f03c', api: '7947' },
  }),
)

let say: ((line: string) => void) | undefined
let browser: Browser
let server: Bun.Server<undefined>
let base: string

beforeAll(async () => {
  const log = () =>
    new ReadableStream<Uint8Array>({
      start(out) {
        say = (line) => out.enqueue(Buffer.from(`${line}\n`))
        say('it has begun')
      },
    })
  const { app } = pretend({
    ...{ name: 'here', now: Date.now, others: async () => others },
    events: { follow: () => new ReadableStream({ start: (out) => out.enqueue(Buffer.from(':\n\n')) }) },
    neighbours: { members: () => members, onEvent: () => () => {}, forget() {}, keys: () => undefined },
    nodes: {
      ...{ own: 'here', members: () => members, keyed: () => true },
      log: { info() {} } as never,
      async ask(_, { body }) {
        const { path } = body as { path: string }
        if (path.includes('follow=1')) return log()
        return { status: 200, type: 'text/plain', text: 'it has begun\n' }
      },
    },
  })
  server = Bun.serve({
    ...{ hostname: '127.0.0.1', port: 0, idleTimeout: 0 },
    fetch: (request) => app.fetch(request, { caller: { kind: 'loopback' } }),
  })
  base = `http://127.0.0.1:${server.port}`
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  await server?.stop(true)
})

test.each([
  [360, ['/', '/machines', `/machines/${nameOf(7)}`, '/services', '/rollout', '/gossip']],
  [1280, ['/', '/services']],
])('a thousand machines have room on a screen of %d px', async (width, paths) => {
  const { page, errors, close } = await openPage(browser, base, { viewport: { width, height: 800 } })
  const wide: string[] = []
  for (const path of paths) {
    await page.goto(path)
    if ((await overflowOf(page)) > 0) wide.push(path)
  }
  expect([wide, errors]).toEqual([[], []])
  await close()
})

test('each of them is found by its name', async () => {
  const { page, close } = await openPage(browser, base)
  await page.goto('/machines')
  await page.getByText('1 to 100 of 1001').waitFor()
  await page.getByRole('searchbox', { name: 'Name or address' }).fill('worker-777.')
  await page.getByRole('button', { name: 'Find' }).click()
  await page.getByRole('link', { name: nameOf(777) }).click()
  await page.getByRole('heading', { name: nameOf(777) }).waitFor()
  await close()
})

test('what all of them tell, or many, is one problem each', async () => {
  const { page, close } = await openPage(browser, base)
  await page.goto('/')
  const problems = page.getByRole('region', { name: /Problems/ }).getByRole('listitem')
  const texts = await problems.allTextContents()
  expect(texts.filter((text) => text.includes('its agent did not get ready'))).toHaveLength(1)
  const failing = texts.filter((text) => text.includes('three times within 40 s'))
  expect(failing).toEqual([expect.stringContaining(`${nameOf(5)} ${nameOf(15)} ${nameOf(25)} and 97 more`)])
  expect(texts.filter((text) => text.includes('does not answer'))).toHaveLength(10)
  expect(await faultsOf(page)).toEqual([])
  await close()
})

test('a log of another machine goes on while somebody looks at it', async () => {
  const { page, errors, close } = await openPage(browser, base)
  await page.goto(`/machines/${nameOf(7)}/logs/mesos-agent`)
  const log = page.getByRole('region', { name: 'Log of mesos-agent' })
  await page.getByText('Live.').waitFor()
  say?.('it goes on')
  await log.getByText('it goes on').waitFor()
  expect(await log.textContent()).toBe('it has begun\nit goes on\n')
  expect(errors).toEqual([])
  await close()
})
