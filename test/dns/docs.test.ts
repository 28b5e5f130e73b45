import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock, until } from '../../src/clock.ts'
import { dnsSchema } from '../../src/config/dns.ts'
import { type Resolver, startResolver } from '../../src/dns/resolver.ts'
import { silentLog } from '../../src/log.ts'
import { deviations } from '../conformance/deviations.ts'
import { freePort } from '../zookeeper/server.ts'
import { dig } from './dig.ts'
import { type FakeMaster, serveState } from './master.ts'

const page = readFileSync(join(import.meta.dir, '..', '..', 'docs', 'dns.md'), 'utf8')

/** The cluster that the page speaks of. */
const cluster = {
  slaves: [1, 2].map((n) => ({ id: `a-S${n - 1}`, pid: `slave(1)@10.0.0.${n}:5051` })),
  frameworks: [
    {
      name: 'marathon',
      pid: 'scheduler@10.0.0.9:4000',
      tasks: [
        {
          id: 'web.7f3a0',
          name: 'web',
          slave_id: 'a-S0',
          state: 'TASK_RUNNING',
          resources: { ports: '[31000-31000]' },
        },
        {
          id: 'web.7f3a1',
          name: 'web',
          slave_id: 'a-S1',
          state: 'TASK_RUNNING',
          resources: { ports: '[31001-31001]' },
        },
        {
          id: 'api.7f3a2',
          name: 'api',
          slave_id: 'a-S0',
          state: 'TASK_RUNNING',
          resources: { ports: '[31002-31002]' },
          discovery: { name: 'search', ports: { ports: [{ number: 8080, name: 'http', protocol: 'tcp' }] } },
          statuses: [
            {
              state: 'TASK_RUNNING',
              timestamp: 1,
              container_status: { network_infos: [{ ip_addresses: [{ ip_address: '172.16.0.9' }] }] },
            },
          ],
        },
      ],
    },
  ],
}

let master: FakeMaster
let resolver: Resolver
beforeAll(async () => {
  master = serveState(cluster)
  resolver = await startResolver({
    config: dnsSchema.parse({
      listener: '127.0.0.1',
      port: await freePort(),
      httpOn: false,
      externalOn: false,
    }),
    source: { kind: 'masters', masters: [master.address] },
    clock: systemClock,
    log: silentLog,
  })
  await until(systemClock, { everyMs: 10, timeoutMs: 10_000 }, () => resolver.status().loadedAt)
})
afterAll(async () => {
  await resolver.close()
  await master.stop()
})

const examples = [...page.matchAll(/^\$ dig (.*)\n((?:(?!\$ |```).*\n)+)/gm)].map(
  ([, query = '', answer = '']) => ({
    query,
    answer: answer.trim().split('\n'),
  }),
)

test('the page has an example of every name form', () => {
  expect(examples.length).toBeGreaterThan(15)
})

test.each(examples)('docs/dns.md: dig $query', async ({ query, answer }) => {
  const { text } = await dig(resolver.port, ...query.split(' '))
  expect(text.trim().split('\n').sort()).toEqual(answer.sort())
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
