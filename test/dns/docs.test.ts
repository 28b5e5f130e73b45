import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { systemClock, until } from '../../src/clock.ts'
import { dnsSchema } from '../../src/config/dns.ts'
import { type Resolver, startResolver } from '../../src/dns/resolver.ts'
import { silentLog } from '../../src/log.ts'
import { deviations } from '../conformance/deviations.ts'
import { freePort } from '../zookeeper/server.ts'
import { dig } from './dig.ts'
import { type FakeMaster, serveState } from './master.ts'

const page = readFileSync(join(import.meta.dir, '..', '..', 'docs', 'dns.md'), 'utf8')

const onAgent = (agent: number, id: string, name: string, port: number) => ({
  id,
  name,
  slave_id: `a-S${agent}`,
  state: 'TASK_RUNNING',
  resources: { ports: `[${port}-${port}]` },
})
const status = (more: object) => ({ statuses: [{ state: 'TASK_RUNNING', timestamp: 1, ...more }] })
const onNetworks = (...networks: object[]) => status({ container_status: { network_infos: networks } })
const network = (address: string, more: object = {}) => ({ ...more, ip_addresses: [{ ip_address: address }] })
const label = (key: string, value: string) => ({ labels: [{ key, value }] })

/** The cluster that the page speaks of. */
const cluster = {
  slaves: [1, 2].map((n) => ({ id: `a-S${n - 1}`, pid: `slave(1)@10.0.0.${n}:5051` })),
  frameworks: [
    {
      name: 'marathon',
      pid: 'scheduler@10.0.0.9:4000',
      tasks: [
        onAgent(0, 'web.7f3a0', 'web', 31000),
        onAgent(1, 'web.7f3a1', 'web', 31001),
        {
          ...onAgent(0, 'api.7f3a2', 'search-service', 31002),
          discovery: { name: 'search', ports: { ports: [{ number: 8080, name: 'http', protocol: 'tcp' }] } },
          ...onNetworks(network('172.16.0.9')),
        },
        { ...onAgent(0, 'api.1', 'api', 31005), ...status({ healthy: true }) },
        { ...onAgent(1, 'api.2', 'api', 31006), ...status({ healthy: false }) },
        { ...onAgent(0, 'private.1', 'private', 31007), discovery: { name: '', visibility: 'FRAMEWORK' } },
        {
          ...onAgent(0, 'db.1', 'db', 31008),
          ...label('dns-network', 'front'),
          ...onNetworks(
            network('192.0.2.7', { name: 'front' }),
            network('10.8.0.7', { name: 'back', labels: label('tier', 'data') }),
          ),
        },
        { ...onAgent(0, 'shop.1', 'shop', 31010), ...label('dns-weight', '10') },
        { ...onAgent(1, 'shop.2', 'shop', 31011), ...label('dns-priority', '5') },
      ],
    },
  ],
}

/** Each example with the settings that stand before it; those at the top of the page have none. */
const examples = examplesOf(page)

function examplesOf(text: string): { settings: string; query: string; answer: string[] }[] {
  const parts = /^```yaml\n(dns:\n[^`]*)```$|^\$ dig (.*)\n((?:(?!\$ |```).*\n)+)/gm
  let settings = ''
  const found: ReturnType<typeof examplesOf> = []
  for (const [, yaml, query, answer = ''] of text.matchAll(parts)) {
    if (yaml !== undefined) settings = yaml
    if (query !== undefined) found.push({ settings, query, answer: answer.trim().split('\n') })
  }
  return found
}

let master: FakeMaster
/** One for each group of settings of the page, by its text. */
const resolvers = new Map<string, Resolver>()
beforeAll(async () => {
  master = serveState(cluster)
  for (const settings of new Set(examples.map((example) => example.settings))) {
    const resolver = await startResolver({
      config: dnsSchema.parse({
        ...parse(settings)?.dns,
        listener: '127.0.0.1',
        port: await freePort(),
        httpOn: false,
        externalOn: false,
      }),
      source: { kind: 'masters', masters: [master.address] },
      clock: systemClock,
      log: silentLog,
    })
    resolvers.set(settings, resolver)
  }
  for (const resolver of resolvers.values())
    await until(systemClock, { everyMs: 10, timeoutMs: 10_000 }, () => resolver.status().loadedAt)
})
afterAll(async () => {
  for (const resolver of resolvers.values()) await resolver.close()
  await master.stop()
})

/** The name forms of the table, each with what a name of that form is like. */
const forms = [...page.matchAll(/^\| (`[^|]*`) \| (?:A|SRV)/gm)].flatMap(([, cell = '']) =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, form = '']): [string, RegExp] => [
    form,
    new RegExp(
      `^(?:-t \\w+ )?${form
        .replaceAll('.', '\\.')
        .replaceAll('PROTOCOL', '(?:tcp|udp)')
        .replaceAll('PORT', '[a-z]+')
        .replace(/\bD$/, 'mesos')
        .replace(/\bF\b/, 'marathon')
        .replace(/\bC\b/, '[a-z]+-[a-z0-9]{5}-s\\d')
        .replace(/(?<![a-z])T(?![a-z])/, '[a-z]+')
        .replace(/N(?=\\)/, '\\d')}(?: SRV)?$`,
    ),
  ]),
)

test('the page has an example of every name form', () => {
  expect(forms.length).toBeGreaterThan(15)
  const asked = examples
    .filter(({ settings }) => settings === '')
    .map(({ query }) => query.replace('+short ', ''))
  const missing = forms.filter(([, like]) => !asked.some((query) => like.test(query)))
  expect(missing.map(([form, like]) => `${form} ${like}`)).toEqual([])
  expect(asked.some((query) => query.startsWith('-x '))).toBe(true)
})

test.each(examples)('docs/dns.md: dig $query', async ({ settings, query, answer }) => {
  const resolver = resolvers.get(settings)
  const [asked = '', filter] = query.split(' | grep -o ')
  const { text } = await dig(resolver?.port ?? 0, ...asked.split(' '))
  const lines = text.trim().replaceAll(` ${master.port} `, ' 5050 ').split('\n')
  const shown = filter === undefined ? lines : lines.filter((line) => line.includes(filter)).map(() => filter)
  expect(shown.sort()).toEqual(answer.sort())
})

test('the page and the table of deviations agree', () => {
  const rows = Object.entries(deviations).map(([key, { instead, rfc }]) => `| ${key} | ${instead} | ${rfc} |`)
  const section = page.slice(page.indexOf('| deviation |'), page.indexOf('The HTTP API on port'))
  expect(section.trim().split('\n').slice(2)).toEqual(rows)
})

test('every setting that the page names exists', () => {
  const named = new Set([...page.matchAll(/`dns\.(\w+)`/g)].map(([, name]) => name ?? ''))
  expect([...named].filter((name) => !Object.hasOwn(dnsSchema.shape, name))).toEqual([])
})
